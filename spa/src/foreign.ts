/**
 * Agents of protocol HTTP speak no AG-UI: what they send is read as the AG-UI events it amounts to,
 * so that there is one reducer for all. Known forms: Strands stream events, the AgentCore SDK's
 * JSON strings and errors, and the usual fields of a plain JSON answer.
 */
import type { AguiEvent } from "./agui.ts";
import { aguiEvent, contentText, isRecord } from "./agui.ts";
import { RAW_ANSWER } from "./conversation.ts";

/** Where a plain JSON answer usually keeps its text, in the order they are tried. */
const ANSWER_FIELDS = [
  "data",
  "result",
  "response",
  "output",
  "answer",
  "text",
  "message",
  "content",
];

/** What Strands sends beside the text: its own life cycle, of no interest to the reader. */
const STRANDS_NOISE = [
  "init_event_loop",
  "start_event_loop",
  "start",
  "event",
  "complete",
  "delta",
  "current_tool_use",
  "reasoning",
  "reasoningText",
  "force_stop",
];

/** The AG-UI events that `raw` amounts to. `messageId` names the message its text belongs to. */
export function translated(raw: unknown, messageId: string): readonly AguiEvent[] {
  if (typeof raw === "string") return said(raw, messageId);
  if (!isRecord(raw)) return [rawAnswer(raw)];
  const known = aguiEvent(raw);
  if (known !== null) return [known];
  if (typeof raw["error"] === "string") return [{ type: "RUN_ERROR", message: errorText(raw) }];
  if (typeof raw["data"] === "string") return said(raw["data"], messageId);
  const tools = toolEvents(raw["message"], messageId);
  if (tools !== null) return tools;
  if (STRANDS_NOISE.some((field) => field in raw)) return [];
  const text = answerText(raw, 0);
  return text === null ? [rawAnswer(raw)] : said(text, messageId);
}

function said(delta: string, messageId: string): readonly AguiEvent[] {
  return delta === "" ? [] : [{ type: "TEXT_MESSAGE_CHUNK", messageId, role: "assistant", delta }];
}

/** An answer in no known form, as text to be shown as it is. */
function rawAnswer(raw: unknown): AguiEvent {
  return { type: "CUSTOM", name: RAW_ANSWER, value: JSON.stringify(raw, null, 2) ?? "" };
}

/** The AgentCore SDK puts the readable sentence in `message`, the exception's text in `error`. */
function errorText(raw: Readonly<Record<string, unknown>>): string {
  return typeof raw["message"] === "string" ? raw["message"] : String(raw["error"]);
}

/** Text in a JSON answer, at most a few levels down: {"result": {"content": [{"text": "…"}]}}. */
function answerText(raw: unknown, depth: number): string | null {
  if (typeof raw === "string") return raw;
  const parts = contentText(raw);
  if (parts !== "") return parts;
  if (!isRecord(raw) || depth > 3) return null;
  for (const field of ANSWER_FIELDS) {
    const found = field in raw ? answerText(raw[field], depth + 1) : null;
    if (found !== null) return found;
  }
  return null;
}

/** Strands' `message` events: finished messages, whose text was streamed before. */
function toolEvents(message: unknown, messageId: string): readonly AguiEvent[] | null {
  if (!isRecord(message) || !Array.isArray(message["content"])) return null;
  return message["content"].filter(isRecord).flatMap((block) => {
    if (isRecord(block["toolUse"])) return toolCall(block["toolUse"]);
    if (isRecord(block["toolResult"])) return toolResult(block["toolResult"], messageId);
    return [];
  });
}

function toolCall(use: Readonly<Record<string, unknown>>): readonly AguiEvent[] {
  const toolCallId = String(use["toolUseId"]);
  return [
    { type: "TOOL_CALL_START", toolCallId, toolCallName: String(use["name"]) },
    { type: "TOOL_CALL_ARGS", toolCallId, delta: JSON.stringify(use["input"] ?? {}) },
    { type: "TOOL_CALL_END", toolCallId },
  ];
}

function toolResult(
  result: Readonly<Record<string, unknown>>,
  messageId: string,
): readonly AguiEvent[] {
  const toolCallId = String(result["toolUseId"]);
  const text = contentText(result["content"]) || JSON.stringify(result["content"] ?? null);
  const content =
    result["status"] === "error" && !text.startsWith("Error") ? `Error: ${text}` : text;
  return [
    { type: "TOOL_CALL_RESULT", toolCallId, messageId: `${messageId}-${toolCallId}`, content },
  ];
}
