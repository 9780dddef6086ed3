/** What a conversation consists of: text somebody wrote, tools the agent used, answers as they came. */
import { isRecord, parsedJson } from "./agui.ts";

export interface TextItem {
  readonly kind: "text";
  readonly id: string;
  readonly role: "user" | "assistant";
  readonly text: string;
  /** More text may come. */
  readonly open: boolean;
  /** It was said while the page was open, rather than read from a record: worth reading out. */
  readonly live: boolean;
}

export type ToolState = "running" | "finished" | "failed" | "stopped";

export interface ToolItem {
  readonly kind: "tool";
  readonly id: string;
  readonly name: string;
  /** The arguments as sent so far: JSON by convention, never relied upon. */
  readonly args: string;
  readonly result: string | null;
  readonly state: ToolState;
}

/** An answer this page cannot read, shown as it came. */
export interface RawItem {
  readonly kind: "raw";
  readonly id: string;
  readonly text: string;
}

export type Item = TextItem | ToolItem | RawItem;

/** What an item is known by, also in the view: a message and a tool call may share an id. */
export const keyOf = (item: Item): string => `${item.kind}:${item.id}`;

/** `item` with the tool's answer. */
export function answered(item: Item, result: string): Item {
  if (item.kind !== "tool") return item;
  return { ...item, result, state: soundsFailed(result) ? "failed" : "finished" };
}

/**
 * TOOL_CALL_RESULT has no field that says whether the tool succeeded, so this goes by the two
 * ways tools say it in words: Strands' "Error: …" and an object with `error` or an error status.
 * A wrong guess changes the colour of a card, nothing else.
 */
function soundsFailed(result: string): boolean {
  if (/^error\b ?[:\-]/i.test(result)) return true;
  const value = result.startsWith("{") ? parsedJson(result) : undefined;
  if (!isRecord(value)) return false;
  return value["status"] === "error" || value["isError"] === true || Boolean(value["error"]);
}
