import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { LATE_MS } from "../src/asking.ts";
import { askedAlready, lateChat, lateOver, run, withTimers } from "./lateness.ts";
import type { Answer } from "./server.ts";
import { frame, hanging, none, offline, silent } from "./server.ts";
import { failure, says, texts, until } from "./talking.ts";

/** An answer that comes when the test says so. */
function held(): { answer: Answer; give: (answer: () => Response) => void } {
  let give: (answer: () => Response) => void = () => undefined;
  const given = new Promise<() => Response>((resolve) => (give = resolve));
  const answer: Answer = (asked, signal) =>
    Promise.race([given.then((made) => made()), silent(asked, signal)]);
  return { answer, give: (made) => give(made) };
}

/** An answer as it is, and whether its connection was given up. */
function watched(answer: Answer): { answer: Answer; isLeft: () => boolean } {
  let seen: AbortSignal | null = null;
  return {
    answer: (asked, signal) => answer(asked, (seen = signal)),
    isLeft: () => seen?.aborted ?? false,
  };
}

describe("an answer that is looked for beside its first connection", { timeout: 10_000 }, () => {
  test(
    "is read once, and to its end, where both bring it at the same moment",
    withTimers(async () => {
      const [one, other] = [held(), held()];
      const first = watched(one.answer);
      const second = watched(other.answer);
      const { chat, turn } = await lateOver(first.answer, second.answer);
      chat.look();
      other.give(() => run("ours"));
      one.give(() => run("ours"));
      await turn;

      assert.deepEqual(texts(chat), ["Go", "Hi"]);
      assert.equal(chat.conversation.phase.kind, "idle");
      assert.notEqual(first.isLeft(), second.isLeft());
    }),
  );

  test(
    "is told as late no more once it has begun by the first",
    withTimers(async () => {
      const one = held();
      const first: Answer = async (asked, signal) => {
        await one.answer(asked, signal);
        return hanging([frame(says("Hi"), 1)], signal);
      };
      const { chat, turn, script } = await lateOver(first, silent);
      chat.look();
      one.give(() => run("ours"));
      await until(chat, () => texts(chat).length === 2);
      assert.equal(chat.conversation.line, "up");
      chat.look();
      assert.equal(chat.conversation.line, "up");
      assert.equal(script.asked.length, 2);
      chat.close();
      await turn;
    }),
  );

  for (const [how, refusal] of [
    ["is refused, since the other was the first to come through", askedAlready],
    ["breaks", offline],
  ] as const) {
    test(
      `comes by the other while the first ${how}`,
      withTimers(async () => {
        const [one, other] = [held(), held()];
        const { chat, turn, script } = await lateOver(one.answer, other.answer);
        chat.look();
        one.give(refusal);
        await new Promise((resolve) => setImmediate(resolve));
        assert.equal(chat.busy, true);
        other.give(() => run("ours"));
        await turn;

        assert.deepEqual(texts(chat), ["Go", "Hi"]);
        assert.equal(chat.conversation.phase.kind, "idle");
        assert.equal(script.asked.length, 2);
      }),
    );
  }

  test(
    "has failed as the first has where the other brings nothing either",
    withTimers(async () => {
      const [one, other] = [held(), held()];
      const { chat, turn } = await lateOver(one.answer, other.answer);
      chat.look();
      one.give(offline);
      other.give(() => new Response("{}", { status: 503 }));
      await turn;

      assert.equal(failure(chat), "network");
    }),
  );

  test(
    "leaves no connection behind over which something else came",
    withTimers(async () => {
      const newest = watched(() => run("another"));
      const { chat, turn } = await lateChat(askedAlready, none, newest.answer);
      chat.look();
      await until(chat, () => chat.conversation.line === "late");

      assert.equal(newest.isLeft(), true);
      chat.close();
      await turn;
    }),
  );

  test(
    "can be looked for once more where the other is swallowed, too",
    withTimers(async () => {
      const { chat, turn } = await lateChat(silent, () => run("ours"));
      chat.look();
      mock.timers.tick(LATE_MS);
      await until(chat, () => chat.conversation.line === "late");
      chat.look();
      assert.equal(chat.conversation.line, "looking");
      await turn;

      assert.deepEqual(texts(chat), ["Go", "Hi"]);
    }),
  );

  test(
    "may come by a way that took too long, while the next is tried",
    withTimers(async () => {
      const other = held();
      const { chat, turn } = await lateChat(other.answer, silent);
      chat.look();
      mock.timers.tick(LATE_MS);
      await until(chat, () => chat.conversation.line === "late");
      chat.look();
      other.give(() => run("ours"));
      await turn;

      assert.deepEqual(texts(chat), ["Go", "Hi"]);
    }),
  );

  test(
    "is stopped at the server where its chat is known by a refusal alone",
    withTimers(async () => {
      const { chat, turn, script } = await lateChat(askedAlready, none, () => run("another"));
      chat.look();
      await until(chat, () => chat.conversation.line === "late");
      await chat.stop();
      await turn;

      assert.equal(script.asked.at(-1)?.path, "/api/chats/c7/stop");
      assert.equal(chat.conversation.notice, "");
    }),
  );

  test(
    "is not asked for twice by trying again when its connections have broken",
    withTimers(async () => {
      const one = held();
      const lost = (): Response => new Response("{}", { status: 404 });
      const { chat, turn, script } = await lateOver(one.answer, askedAlready, none, lost);
      chat.look();
      await until(chat, () => chat.conversation.line === "late");
      one.give(offline);
      await turn;
      assert.equal(failure(chat), "network");
      await chat.retry();

      const names = script.asked.map((call) => call.headers.get("Idempotency-Key"));
      assert.equal(new Set(names.filter((name) => name !== null)).size, 1);
    }),
  );

  test(
    "ends the session of this page where the other is told that there is none",
    withTimers(async () => {
      const { chat, turn, script } = await lateChat(() => new Response("{}", { status: 401 }));
      chat.look();
      await until(chat, () => chat.conversation.line === "late");

      assert.equal(script.ended.length, 1);
      chat.close();
      await turn;
    }),
  );
});
