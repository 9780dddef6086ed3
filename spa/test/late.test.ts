import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { CALL_TIMEOUT_MS } from "../src/api.ts";
import { LATE_MS, NAMED_MS } from "../src/asking.ts";
import { askedAlready, busy, lateChat, run, withTimers } from "./lateness.ts";
import type { Answer } from "./server.ts";
import { AGUI, HTTP, none, scripted, silent } from "./server.ts";
import { chatWith, failure, texts, until } from "./talking.ts";

describe("an answer that does not begin", { timeout: 10_000 }, () => {
  test(
    "is told as late, not before its time, and no more once it begins",
    withTimers(async () => {
      let begin: (answer: Response) => void = () => undefined;
      const chat = chatWith(scripted(() => new Promise((resolve) => (begin = resolve))));
      const turn = chat.send("Go");
      mock.timers.tick(LATE_MS - 1);
      assert.equal(chat.conversation.line, "up");
      mock.timers.tick(1);
      assert.equal(chat.conversation.line, "late");

      begin(run("ours"));
      await turn;
      assert.deepEqual(texts(chat), ["Go", "Hi"]);
      assert.equal(chat.conversation.line, "up");
    }),
  );

  test(
    "is asked for under the same name, in case that the question never came through",
    withTimers(async () => {
      const { chat, turn, script } = await lateChat(() => run("ours"));
      chat.look();
      assert.equal(chat.conversation.line, "looking");
      await turn;

      assert.deepEqual(texts(chat), ["Go", "Hi"]);
      const names = script.asked.map((call) => call.headers.get("Idempotency-Key"));
      assert.equal(names.length, 2);
      assert.equal(names[0], names[1]);
    }),
  );

  test(
    "is followed where it is being written",
    withTimers(async () => {
      const { chat, turn, script } = await lateChat(askedAlready, () => run("another"));
      chat.look();
      await turn;

      assert.deepEqual(texts(chat), ["Go", "Hi"]);
      assert.equal(chat.conversation.phase.kind, "idle");
      assert.equal(chat.id, "c1"); // as that answer's head says
      assert.equal(script.asked[2]?.path, "/api/chats/c7/stream?turn=running");
    }),
  );

  test(
    "is waited for over no other connection once it has begun over one",
    withTimers(async () => {
      const signals: AbortSignal[] = [];
      const watched: Answer = (asked, signal) => {
        signals.push(signal);
        return silent(asked, signal);
      };
      const chat = chatWith(scripted(watched, () => run("ours")));
      const turn = chat.send("Go");
      mock.timers.tick(LATE_MS);
      chat.look();
      await turn;

      assert.deepEqual(
        signals.map((signal) => signal.aborted),
        [true],
      );
    }),
  );

  test(
    "is read from its record where it is over",
    withTimers(async () => {
      const { chat, turn, script } = await lateChat(askedAlready, none, (asked) => {
        assert.equal(asked.path, "/api/chats/c7/stream");
        return run(script.asked[0]?.input?.runId ?? "");
      });
      chat.look();
      await turn;

      assert.deepEqual(texts(chat), ["Go", "Hi"]);
      assert.equal(chat.conversation.phase.kind, "idle");
    }),
  );

  test(
    "is waited for where only the answer to something else is there",
    withTimers(async () => {
      const { chat, turn } = await lateChat(askedAlready, none, () => run("another"));
      chat.look();
      await until(chat, () => chat.conversation.line === "late");

      assert.deepEqual(texts(chat), ["Go"]);
      chat.close();
      await turn;
    }),
  );

  test(
    "is waited for, and can be looked for again, where nothing is found",
    withTimers(async () => {
      const { chat, turn } = await lateChat(busy, () => run("ours"));
      chat.look();
      await until(chat, () => chat.conversation.line === "late");
      chat.look();
      await turn;

      assert.deepEqual(texts(chat), ["Go", "Hi"]);
    }),
  );

  test(
    "is looked for once at a time",
    withTimers(async () => {
      const { chat, turn, script } = await lateChat(silent);
      chat.look();
      chat.look();
      assert.equal(script.asked.length, 2);
      chat.close();
      await turn;
    }),
  );

  test(
    "is not asked for again when the server may have forgotten its name",
    withTimers(async () => {
      const { chat, turn, script } = await lateChat();
      mock.timers.tick(NAMED_MS);
      chat.look();
      await until(chat, () => chat.conversation.line === "late");

      assert.equal(script.asked.length, 1);
      chat.close();
      await turn;
    }),
  );

  test(
    "can be stopped while it is looked for",
    withTimers(async () => {
      const script = scripted(silent, silent);
      const chat = chatWith(script, { id: "c1", agent: HTTP });
      const turn = chat.send("Go");
      mock.timers.tick(LATE_MS);
      chat.look();
      await chat.stop();
      await turn;

      assert.equal(chat.conversation.phase.kind, "stopped");
    }),
  );
});

describe("what an agent remembers", () => {
  test("is not waited for without end", { timeout: 10_000 }, async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const script = scripted(none, silent);
      const chat = chatWith(script, { id: "c1", agent: AGUI });
      const opening = chat.open();
      await until(chat, () => script.asked.length === 2);
      mock.timers.tick(CALL_TIMEOUT_MS);
      await opening;

      assert.equal(failure(chat), "network");
    } finally {
      mock.timers.reset();
    }
  });
});
