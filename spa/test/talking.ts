/** What the tests of a conversation share: a chat with a scripted server, and what it shows. */
import assert from "node:assert/strict";
import { Chat } from "../src/chat.ts";
import type { Agent } from "../src/payloads.ts";
import { AGUI } from "./server.ts";
import type { Script } from "./server.ts";

export const STARTED = { type: "RUN_STARTED", threadId: "thread", runId: "r" };
export const FINISHED = { type: "RUN_FINISHED", threadId: "thread", runId: "r" };
export const says = (delta: string) => ({ type: "TEXT_MESSAGE_CHUNK", messageId: "m", delta });

export function chatWith(
  script: Script,
  {
    agent = AGUI as Agent,
    id = null as string | null,
    pauses = [] as number[],
    onPause = (): unknown => undefined,
    isDown = (): boolean => false,
    network = new EventTarget(),
    onChange = (_chat: Chat): unknown => undefined,
    onTurnOver = (_chat: Chat): unknown => undefined,
  } = {},
): Chat {
  let count = 0;
  return new Chat(agent, id, {
    api: script.api,
    newId: () => `id-${(count += 1)}`,
    onChange: (changed) => void onChange(changed),
    onNamed: () => undefined,
    onTurnOver: (over) => void onTurnOver(over),
    line: {
      isDown,
      onDown: (act) => {
        network.addEventListener("offline", act);
        return () => network.removeEventListener("offline", act);
      },
      pause: async (milliseconds, signal) => {
        pauses.push(milliseconds);
        await onPause();
        signal.throwIfAborted();
      },
    },
  });
}

/** Resolves as soon as the chat's conversation satisfies `condition`. */
export async function until(chat: Chat, condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(chat);
}

export const texts = (chat: Chat): readonly string[] =>
  chat.conversation.items.map((item) => (item.kind === "tool" ? `[${item.name}]` : item.text));
export const failure = (chat: Chat): string =>
  chat.conversation.phase.kind === "failed" ? chat.conversation.phase.problem.code : "none";
