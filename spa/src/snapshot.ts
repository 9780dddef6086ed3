/** MESSAGES_SNAPSHOT: the agent's own list of messages takes the place of what was collected. */
import { contentText, isRecord } from "./agui.ts";
import { answered, keyOf } from "./item.ts";
import type { Item, TextItem, ToolItem } from "./item.ts";

/**
 * The items of the snapshot, then those it cannot know yet.
 *
 * An agent may send a snapshot in the middle of a turn, before it has recorded what is just being
 * written: while `live`, open items are kept at the end, and of a question the snapshot lacks all
 * that came of it.
 */
export function merged(before: readonly Item[], messages: unknown, live: boolean): readonly Item[] {
  if (!Array.isArray(messages)) return before;
  const old = new Map(before.map((item) => [keyOf(item), item]));
  const items = itemsOf(messages, live).map((item) => reused(old.get(keyOf(item)), item));
  if (!live) return items;
  const present = new Set(items.map(keyOf));
  const turn = lastTurn(before);
  const [question] = turn;
  const isNew = question !== undefined && isQuestion(question) && unseen(question, items);
  const kept = isNew ? turn : turn.filter((item) => unseen(item, items));
  return [...items, ...kept.filter((item) => !present.has(keyOf(item)))];
}

function itemsOf(messages: readonly unknown[], live: boolean): readonly Item[] {
  const items: Item[] = [];
  for (const message of messages) {
    if (!isRecord(message)) continue;
    const { role, id, content } = message;
    if (role === "tool") addResult(items, message);
    if ((role !== "user" && role !== "assistant") || typeof id !== "string") continue;
    const text = contentText(content);
    if (text !== "") items.push(recorded(id, role, text));
    items.push(...toolsOf(message["toolCalls"], live));
  }
  return items;
}

function recorded(id: string, role: TextItem["role"], text: string): TextItem {
  return { kind: "text", id, role, text, open: false, live: false };
}

function toolsOf(calls: unknown, live: boolean): readonly ToolItem[] {
  if (!Array.isArray(calls)) return [];
  return calls.filter(isRecord).map((call) => {
    const named = isRecord(call["function"]) ? call["function"] : {};
    return {
      kind: "tool",
      id: String(call["id"]),
      name: String(named["name"] ?? "tool"),
      args: typeof named["arguments"] === "string" ? named["arguments"] : "",
      result: null,
      state: live ? "running" : "finished",
    };
  });
}

function addResult(items: Item[], message: Readonly<Record<string, unknown>>): void {
  const at = items.findLastIndex((i) => i.kind === "tool" && i.id === message["toolCallId"]);
  const call = items[at];
  if (call?.kind !== "tool") return;
  const error = typeof message["error"] === "string" ? message["error"] : "";
  const text = contentText(message["content"]);
  items[at] =
    error === "" ? answered(call, text) : { ...call, result: text || error, state: "failed" };
}

/** The old object where nothing changed, so that the view leaves its element alone. */
function reused(before: Item | undefined, now: Item): Item {
  if (before === undefined) return now;
  if (before.kind === "text" && now.kind === "text") {
    const next = { ...now, open: before.open, live: before.live };
    return same(before, next) ? before : next;
  }
  return same(before, now) ? before : now;
}

const same = (a: Item, b: Item): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Is `item` something the snapshot has not recorded, rather than something the agent dropped? */
function unseen(item: Item, items: readonly Item[]): boolean {
  if (item.kind === "raw") return true;
  if (item.kind === "tool") return item.state === "running";
  if (item.role === "assistant") return item.open;
  const last = items.findLast((other) => other.kind === "text" && other.role === "user");
  return last?.kind !== "text" || last.text.trim() !== item.text.trim();
}

/** What belongs to the turn that is going on: from the last question onwards. */
function lastTurn(items: readonly Item[]): readonly Item[] {
  return items.slice(Math.max(items.findLastIndex(isQuestion), 0));
}

const isQuestion = (item: Item): boolean => item.kind === "text" && item.role === "user";
