import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { QUIET_MS, SILENCE_MS, chunksOf } from "../src/chunks.ts";
import { lineOf } from "../src/line.ts";
import { ApiError } from "../src/problem.ts";
import { encoded } from "./bytes.ts";

const turns = () => new Promise((resolve) => setImmediate(resolve));

/** `work` with timers that stand still until they are moved. */
async function withStoppedTimers(work: () => Promise<void>): Promise<void> {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    await work();
  } finally {
    mock.timers.reset();
  }
}

describe("waiting for a better line", () => {
  const window = new EventTarget();
  let drawn = 0;
  const line = lineOf(window, () => true, () => drawn);
  const forever = new AbortController().signal;

  test("takes as long as it was told", () =>
    withStoppedTimers(async () => {
      let over = false;
      const pause = line.pause(1000, forever).then(() => (over = true));
      mock.timers.tick(999);
      await turns();
      assert.equal(over, false);

      mock.timers.tick(1);
      await pause;
      assert.equal(over, true);
    }));

  test("takes up to half as long again: what a server lost at once does not come back at once", () =>
    withStoppedTimers(async () => {
      drawn = 1;
      let over = false;
      const pause = line.pause(1000, forever).then(() => (over = true));
      drawn = 0;
      mock.timers.tick(1499);
      await turns();
      assert.equal(over, false);

      mock.timers.tick(1);
      await pause;
      assert.equal(over, true);
    }));

  test("ends when a network appears", () =>
    withStoppedTimers(async () => {
      const pause = line.pause(30_000, forever);
      window.dispatchEvent(new Event("online"));
      await pause;
    }));

  test("ends when nobody wants it any more", () =>
    withStoppedTimers(async () => {
      const wanted = new AbortController();
      const pause = line.pause(30_000, wanted.signal);
      wanted.abort();
      await assert.rejects(pause, { name: "AbortError" });
      await assert.rejects(async () => line.pause(1, wanted.signal), { name: "AbortError" });
    }));

  test("is told of each loss of the network until it no longer asks", () => {
    let losses = 0;
    const unwatch = line.onDown(() => (losses += 1));
    window.dispatchEvent(new Event("offline"));
    window.dispatchEvent(new Event("offline"));
    unwatch();
    window.dispatchEvent(new Event("offline"));

    assert.equal(losses, 2);
  });

  test("knows what the browser knows", () => {
    assert.equal(lineOf(window, () => false, () => 0).isDown(), true);
    assert.equal(line.isDown(), false);
  });
});

describe("a body that falls silent", () => {
  function speaking(): { response: Response; say: (text: string) => void } {
    let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
    const body = new ReadableStream<Uint8Array>({ start: (c) => void (controller = c) });
    return {
      response: new Response(body),
      say: (text) => controller?.enqueue(encoded(text)),
    };
  }

  test("is told as quiet, and no more once something comes", () =>
    withStoppedTimers(async () => {
      const { response, say } = speaking();
      const told: boolean[] = [];
      const chunks = chunksOf(response, new AbortController().signal, (is) => told.push(is));
      const first = chunks.next();
      await turns();
      mock.timers.tick(QUIET_MS - 1);
      assert.deepEqual(told, []);
      mock.timers.tick(1);
      assert.deepEqual(told, [true]);
      say("late");
      assert.equal((await first).done, false);
      assert.deepEqual(told, [true, false]);

      const second = chunks.next();
      say("in time");
      await second;
      assert.deepEqual(told, [true, false]);
      await chunks.return(undefined);
    }));

  test("is given up in the end", () =>
    withStoppedTimers(async () => {
      const { response } = speaking();
      const given = chunksOf(response, new AbortController().signal).next();
      await turns();
      mock.timers.tick(QUIET_MS);
      mock.timers.tick(SILENCE_MS - QUIET_MS - 1);
      await turns();
      mock.timers.tick(1);

      await assert.rejects(given, (error) => {
        return error instanceof ApiError && error.problem.code === "broken_off";
      });
    }));
});
