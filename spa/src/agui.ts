/**
 * AG-UI events as this page reads them (AG-UI protocol 1.0). The types come from the protocol's
 * own package; nothing of it is in the bundle. What arrives is checked once, here.
 */
import type { AGUIEventOf, EventType } from "@ag-ui/core";

type Wire<K extends EventType> = Omit<AGUIEventOf<K>, "type"> & { readonly type: `${K}` };
type EventByName = { [K in EventType as `${K}`]: Wire<K> };

export type EventName = keyof EventByName;
export type AguiEvent = EventByName[EventName];
export type EventOf<N extends EventName> = EventByName[N];

/**
 * The events this page acts on, and the string fields each cannot do without. Anything else is
 * let pass unread: a newer agent may send events this page does not know yet.
 */
const REQUIRED: { readonly [N in EventName]?: readonly (keyof EventByName[N] & string)[] } = {
  RUN_STARTED: [],
  RUN_FINISHED: [],
  RUN_ERROR: [],
  TEXT_MESSAGE_START: ["messageId"],
  TEXT_MESSAGE_CONTENT: ["messageId", "delta"],
  TEXT_MESSAGE_END: ["messageId"],
  TEXT_MESSAGE_CHUNK: [],
  TOOL_CALL_START: ["toolCallId", "toolCallName"],
  TOOL_CALL_ARGS: ["toolCallId", "delta"],
  TOOL_CALL_END: ["toolCallId"],
  TOOL_CALL_CHUNK: [],
  TOOL_CALL_RESULT: ["toolCallId"],
  MESSAGES_SNAPSHOT: [],
  STEP_STARTED: ["stepName"],
  STEP_FINISHED: [],
  REASONING_START: [],
  REASONING_MESSAGE_START: [],
  REASONING_MESSAGE_CONTENT: [],
  REASONING_MESSAGE_CHUNK: [],
  REASONING_END: [],
  CUSTOM: ["name"],
};

/** The event in `raw`, or null when it is none this page knows or lacks a field it needs. */
export function aguiEvent(raw: unknown): AguiEvent | null {
  if (!isRecord(raw) || typeof raw["type"] !== "string") return null;
  if (!Object.hasOwn(REQUIRED, raw["type"])) return null;
  const fields = REQUIRED[raw["type"] as EventName] ?? [];
  return fields.every((field) => typeof raw[field] === "string") ? (raw as AguiEvent) : null;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `text` as JSON, or undefined when it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The text of message content: a string, or the text parts of a list of parts. */
export function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) =>
      isRecord(part) && typeof part["text"] === "string" ? part["text"] : "",
    )
    .filter((text) => text !== "")
    .join("\n");
}
