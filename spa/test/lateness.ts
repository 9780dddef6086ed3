/** What the tests of an answer that does not begin share. */
import assert from "node:assert/strict";
import { mock } from "node:test";
import { LATE_MS } from "../src/asking.ts";
import type { Chat } from "../src/chat.ts";
import type { Answer, Script } from "./server.ts";
import { frame, scripted, silent, stream } from "./server.ts";
import { FINISHED, chatWith, says } from "./talking.ts";

export const askedAlready = (): Response =>
  new Response(JSON.stringify({ code: "asked_already" }), {
    status: 409,
    headers: { "Chat-Id": "c7" },
  });

export const busy = (): Response => new Response("{}", { status: 503 });

export const run = (runId: string): Response =>
  stream([
    frame({ type: "RUN_STARTED", threadId: "t", runId }, 1),
    frame(says("Hi"), 2),
    frame(FINISHED, 3),
  ]);

export const withTimers = (body: () => Promise<void>) => async (): Promise<void> => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  try {
    await body();
  } finally {
    mock.timers.reset();
  }
};

/** A chat whose answer is late, and its turn, to be awaited. `answers` come behind the silence. */
export const lateChat = async (
  ...answers: readonly Answer[]
): Promise<{ chat: Chat; turn: Promise<void>; script: Script }> => lateOver(silent, ...answers);

/** The same over a connection that answers the question as `first` does. */
export const lateOver = async (
  first: Answer,
  ...answers: readonly Answer[]
): Promise<{ chat: Chat; turn: Promise<void>; script: Script }> => {
  const script = scripted(first, ...answers);
  const chat = chatWith(script);
  const turn = chat.send("Go");
  mock.timers.tick(LATE_MS);
  assert.equal(chat.conversation.line, "late");
  return { chat, turn, script };
};
