/**
 * A conversation as a value: every event makes a new one out of the old (no I/O, no DOM).
 *
 * An item that did not change stays the same object, also through a snapshot, so that the view can
 * tell by identity what to leave alone.
 */
import type { AguiEvent, EventName, EventOf } from "./agui.ts";
import { contentText, isRecord } from "./agui.ts";
import { answered, keyOf } from "./item.ts";
import type { Item, TextItem, ToolItem, ToolState } from "./item.ts";
import type { LineState } from "./line.ts";
import type { Problem } from "./problem.ts";
import { merged } from "./snapshot.ts";

export type Phase =
  | { readonly kind: "idle" }
  | { readonly kind: "loading" }
  | { readonly kind: "running" }
  | { readonly kind: "stopping" }
  | { readonly kind: "stopped" }
  /** `again`: the same can be tried again as it is. */
  | { readonly kind: "failed"; readonly problem: Problem; readonly again: boolean };

export interface Conversation {
  readonly items: readonly Item[];
  readonly phase: Phase;
  /** What the agent says it is doing while no text comes: "Thinking", a step's name, or "". */
  readonly activity: string;
  /** Something to tell about the last turn that is no failure, or "". */
  readonly notice: string;
  /** How the answer is coming in. */
  readonly line: LineState;
  /** What was said before these items is not here. */
  readonly partial: boolean;
  /** The thread the agent knows this conversation by, once it has said so. */
  readonly threadId: string | null;
}

export const EMPTY: Conversation = {
  items: [],
  phase: { kind: "idle" },
  activity: "",
  notice: "",
  line: "up",
  partial: false,
  threadId: null,
};

/** The name of the CUSTOM event that carries an answer in no known form (see foreign.ts). */
export const RAW_ANSWER = "gatehouse.raw";

export const isBusy = (c: Conversation): boolean =>
  c.phase.kind === "running" || c.phase.kind === "stopping" || c.phase.kind === "loading";

/** The person wrote `text`; the turn has begun. */
export function asked(c: Conversation, { id, text }: { id: string; text: string }): Conversation {
  return { ...running(c), items: [...c.items, question(id, text)] };
}

/** The last turn is to be tried again: its question stays, what came after it goes. */
export function rewound(c: Conversation): Conversation {
  const last = c.items.findLastIndex((item) => item.kind === "text" && item.role === "user");
  return { ...running(c), items: c.items.slice(0, last + 1) };
}

/** The last question taken back, and the conversation without it. */
export function withdrawn(c: Conversation): { question: string; rest: Conversation } {
  const last = c.items.at(-1);
  if (last?.kind !== "text" || last.role !== "user") return { question: "", rest: c };
  return { question: last.text, rest: { ...c, items: c.items.slice(0, -1) } };
}

/** The chat is being opened; `activity` says what that takes at the moment. */
export function loading(c: Conversation, activity: string): Conversation {
  return { ...running(c), phase: { kind: "loading" }, activity };
}

/** A turn that was not asked for here, or was given up, goes on here. */
export function joined(c: Conversation, partial: boolean): Conversation {
  return { ...running(c), partial };
}

/** The person asked `text`, perhaps in another window: it is said by the server. */
export function heard(c: Conversation, { id, text }: { id: string; text: string }): Conversation {
  const last = c.items.at(-1);
  if (last?.kind === "text" && last.role === "user" && last.text === text) return c;
  return { ...c, items: [...c.items, question(id, text)] };
}

/** The turn is over; what was said before it is being fetched. What was to be told of it stays. */
export function recalling(c: Conversation, activity: string): Conversation {
  return { ...settled({ ...c, phase: { kind: "loading" } }, "finished"), activity };
}

/** Everything that was ever said is here, as far as it can be had. */
export function completed(c: Conversation): Conversation {
  return { ...c, partial: false };
}

export function lineIs(c: Conversation, line: LineState): Conversation {
  return c.line === line ? c : { ...c, line };
}

export function stopping(c: Conversation): Conversation {
  return { ...c, phase: { kind: "stopping" } };
}

/** The person stopped the turn. `notice`: what there is to tell about that. */
export function stopped(c: Conversation, notice: string): Conversation {
  return settled({ ...c, phase: { kind: "stopped" }, notice }, "stopped");
}

export function failed(c: Conversation, problem: Problem, again = true): Conversation {
  return settled({ ...c, phase: { kind: "failed", problem, again } }, "failed");
}

/** The stream ended as it should. A verdict the events already gave (a failure) stays. */
export function ended(c: Conversation): Conversation {
  return isBusy(c) ? settled({ ...c, phase: { kind: "idle" } }, "finished") : c;
}

/** A part of the answer is missing, and stays so: what was being written ends here. */
export function gapped(c: Conversation): Conversation {
  return {
    ...c,
    items: c.items.map((item) => (isOpenText(item) ? closed(item) : item)),
    notice: "A part of this answer was lost on the way to this page.",
  };
}

/** The conversation after `event`. */
export function reduce(c: Conversation, event: AguiEvent): Conversation {
  const step = REDUCERS[event.type] as
    ((c: Conversation, e: AguiEvent) => Conversation) | undefined;
  return step === undefined ? c : step(c, event);
}

const REDUCERS: { readonly [N in EventName]?: (c: Conversation, e: EventOf<N>) => Conversation } = {
  RUN_STARTED: (c, e) => (typeof e.threadId === "string" ? { ...c, threadId: e.threadId } : c),
  // The phase stays: the turn is over when the stream is, and a stream left early counts as a stop.
  RUN_FINISHED: (c, e) => {
    const over = settled({ ...c, notice: noticeOf(e.outcome) || c.notice }, "finished");
    return { ...over, activity: "Finishing" };
  },
  RUN_ERROR: (c, e) => failed(c, runProblem(e)),
  TEXT_MESSAGE_START: (c, e) =>
    saysSomethingElse(e.role) ? c : withText(c, e.messageId, e.role, ""),
  TEXT_MESSAGE_CONTENT: (c, e) => withText(c, e.messageId, undefined, e.delta),
  TEXT_MESSAGE_END: (c, e) => changed(c, `text:${e.messageId}`, closed),
  TEXT_MESSAGE_CHUNK: (c, e) => {
    const id = e.messageId ?? c.items.findLast(isOpenText)?.id;
    return id === undefined || saysSomethingElse(e.role)
      ? c
      : withText(c, id, e.role, e.delta ?? "");
  },
  TOOL_CALL_START: (c, e) => withTool(c, e.toolCallId, e.toolCallName, ""),
  TOOL_CALL_ARGS: (c, e) => withTool(c, e.toolCallId, undefined, e.delta),
  TOOL_CALL_CHUNK: (c, e) => {
    const id = e.toolCallId ?? c.items.findLast((item) => item.kind === "tool")?.id;
    return id === undefined ? c : withTool(c, id, e.toolCallName, e.delta ?? "");
  },
  TOOL_CALL_RESULT: (c, e) =>
    changed(c, `tool:${e.toolCallId}`, (item) => answered(item, contentText(e.content))),
  MESSAGES_SNAPSHOT: (c, e) => ({ ...c, items: merged(c.items, e.messages, isBusy(c)) }),
  STEP_STARTED: (c, e) => ({ ...c, activity: e.stepName }),
  STEP_FINISHED: (c) => ({ ...c, activity: "" }),
  REASONING_START: (c) => thinking(c),
  REASONING_MESSAGE_START: (c) => thinking(c),
  REASONING_MESSAGE_CONTENT: (c) => thinking(c),
  REASONING_MESSAGE_CHUNK: (c) => thinking(c),
  REASONING_END: (c) => ({ ...c, activity: "" }),
  CUSTOM: (c, e) =>
    e.name === RAW_ANSWER && typeof e.value === "string" ? withRaw(c, e.value) : c,
};

const question = (id: string, text: string): TextItem => ({
  kind: "text",
  id,
  role: "user",
  text,
  open: false,
  live: true,
});

const running = (c: Conversation): Conversation => ({
  ...c,
  phase: { kind: "running" },
  activity: "",
  notice: "",
  line: "up",
});

const thinking = (c: Conversation): Conversation =>
  c.activity === "Thinking" ? c : { ...c, activity: "Thinking" };

/** Instructions to the model are no part of what people said to each other. */
const saysSomethingElse = (role: unknown): boolean => role === "system" || role === "developer";

const isOpenText = (item: Item): boolean => item.kind === "text" && item.open;

function changed(c: Conversation, key: string, change: (item: Item) => Item): Conversation {
  const at = c.items.findLastIndex((item) => keyOf(item) === key);
  const before = c.items[at];
  return before === undefined ? c : { ...c, items: c.items.with(at, change(before)) };
}

function withText(
  c: Conversation,
  id: string,
  role: string | undefined,
  delta: string,
): Conversation {
  const key = `text:${id}`;
  const known = c.items.some((item) => keyOf(item) === key);
  const begun: TextItem = {
    kind: "text",
    id,
    role: role === "user" ? "user" : "assistant",
    text: delta,
    open: true,
    live: true,
  };
  if (!known) return { ...c, activity: "", items: [...c.items, begun] };
  return changed(c, key, (item) =>
    item.kind === "text" ? { ...item, text: item.text + delta, open: true } : item,
  );
}

function withTool(
  c: Conversation,
  id: string,
  name: string | undefined,
  delta: string,
): Conversation {
  const key = `tool:${id}`;
  if (c.items.some((item) => keyOf(item) === key)) {
    return changed(c, key, (item) =>
      item.kind === "tool" ? { ...item, args: item.args + delta, name: name ?? item.name } : item,
    );
  }
  const begun: ToolItem = {
    kind: "tool",
    id,
    name: name ?? "tool",
    args: delta,
    result: null,
    state: "running",
  };
  return { ...c, activity: "", items: [...c.items, begun] };
}

function withRaw(c: Conversation, text: string): Conversation {
  return { ...c, items: [...c.items, { kind: "raw", id: String(c.items.length), text }] };
}

const closed = (item: Item): Item => (item.kind === "text" ? { ...item, open: false } : item);

/** Nothing stays open once a turn is over; a tool without an answer gets the turn's own fate. */
function settled(c: Conversation, fate: ToolState): Conversation {
  const items = c.items.map((item) => {
    if (item.kind === "tool" && item.state === "running") return { ...item, state: fate };
    return isOpenText(item) ? closed(item) : item;
  });
  return { ...c, items, activity: "", line: "up" };
}

function runProblem(e: EventOf<"RUN_ERROR">): Problem {
  const title = typeof e.message === "string" && e.message !== "" ? e.message : "The agent failed.";
  return {
    code: typeof e.code === "string" ? e.code : "agent_error",
    status: 200,
    title,
    request_id: null,
    retry_after: null,
    login_url: null,
  };
}

function noticeOf(outcome: unknown): string {
  if (!isRecord(outcome)) return "";
  if (outcome["type"] === "cancelled") return "The agent ended this turn before it was finished.";
  if (outcome["type"] !== "interrupt") return "";
  const first: unknown = Array.isArray(outcome["interrupts"]) ? outcome["interrupts"][0] : null;
  const asks =
    isRecord(first) && typeof first["message"] === "string" ? ` ${first["message"]}` : "";
  return `The agent is waiting for a decision.${asks} Write your answer to go on.`;
}
