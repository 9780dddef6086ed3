import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { CALL_TIMEOUT_MS } from "../src/api.ts";
import { QUIET_MS } from "../src/chunks.ts";
import { ASKED_MS } from "../src/problem.ts";
import {
  AGUI,
  HTTP,
  errorFrame,
  frame,
  hanging,
  none,
  opening,
  scripted,
  silent,
  stream,
} from "./server.ts";
import { FINISHED, STARTED, chatWith, failure, says, texts, until } from "./talking.ts";

describe("the way back to a stream that broke", () => {
  const half = [frame(STARTED, 1), frame(says("Half "), 2)];

  test("is taken up once more where nothing comes of the first attempt", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const script = scripted(() => stream(half, { broken: true }), silent, () =>
        stream([frame(says("and half"), 3), frame(FINISHED, 4)]),
      );
      const chat = chatWith(script);
      const turn = chat.send("Go");
      await until(chat, () => script.asked.length === 2);
      mock.timers.tick(CALL_TIMEOUT_MS);
      await turn;

      assert.deepEqual(texts(chat), ["Go", "Half and half"]);
      assert.equal(chat.conversation.phase.kind, "idle");
    } finally {
      mock.timers.reset();
    }
  });

  for (const [header, pause] of [
    ["7", 7000],
    // The clock of these tests stands at the epoch's beginning.
    ["Thu, 01 Jan 1970 00:00:40 GMT", 40_000],
    ["86400", ASKED_MS],
    ["0", 2000],
    ["soon", 2000],
  ] as const) {
    test(`waits as a Retry-After of ${header} asks it to, within bounds`, async () => {
      const headers = { "Retry-After": header };
      const refused = (status: number) => () => new Response("{}", { status, headers });
      const script = scripted(
        () => stream(half, { broken: true }),
        refused(429),
        refused(503),
        () => stream([frame(FINISHED, 3)]),
      );
      const pauses: number[] = [];
      const chat = chatWith(script, { pauses });
      await chat.send("Go");

      assert.deepEqual(pauses, [1000, pause, Math.max(pause, 4000)]);
      assert.equal(chat.conversation.phase.kind, "idle");
    });
  }

  test("waits for as long as the server's last word asks it to, and then no more", async () => {
    const word = { code: "server_restarting", status: 503, title: "T", retry_after: 9 };
    const script = scripted(
      () => stream([...half, `event: error\ndata: ${JSON.stringify(word)}\n\n`]),
      () => stream([frame(says("and half"), 3)], { broken: true }),
      () => stream([frame(FINISHED, 4)]),
    );
    const pauses: number[] = [];
    await chatWith(script, { pauses }).send("Go");

    assert.deepEqual(pauses, [9000, 1000]);
  });

  test("is not waited for once the run has finished, where not even heartbeats come", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const script = scripted((_, signal) => hanging([...half, frame(FINISHED, 3)], signal));
      const chat = chatWith(script);
      const turn = chat.send("Go");
      await until(chat, () => chat.conversation.activity === "Finishing");
      mock.timers.tick(QUIET_MS);
      await turn;

      assert.deepEqual(texts(chat), ["Go", "Half "]);
      assert.equal(chat.conversation.phase.kind, "idle");
      assert.equal(script.asked.length, 1);
    } finally {
      mock.timers.reset();
    }
  });

  test("is taken up where a second run in the same stream has not finished", async () => {
    const script = scripted(
      () => stream([...half, frame(FINISHED, 3), frame(STARTED, 4)], { broken: true }),
      () => stream([frame(says("more"), 5), frame(FINISHED, 6)]),
    );
    const chat = chatWith(script);
    await chat.send("Go");

    assert.deepEqual(texts(chat), ["Go", "Half more"]);
  });

  test("is read for longer than the first byte of it may take", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const script = scripted(
        () => stream(half, { broken: true }),
        (_, signal) => hanging([frame(says("and half"), 3)], signal),
      );
      const chat = chatWith(script);
      const turn = chat.send("Go");
      await until(chat, () => texts(chat)[1] === "Half and half");
      mock.timers.tick(CALL_TIMEOUT_MS);
      await new Promise((resolve) => setImmediate(resolve));

      assert.equal(script.asked.length, 2);
      chat.close();
      await turn;
    } finally {
      mock.timers.reset();
    }
  });

  test("is taken up again behind a portal's answer that is no page", async () => {
    const portal = () => new Response("hi", { headers: { "Content-Type": "text/plain" } });
    const script = scripted(() => stream(half, { broken: true }), portal, () =>
      stream([frame(says("and half"), 3), frame(FINISHED, 4)]),
    );
    const chat = chatWith(script);
    await chat.send("Go");

    assert.deepEqual(texts(chat), ["Go", "Half and half"]);
    assert.equal(chat.conversation.phase.kind, "idle");
  });

  test("before anything of it was heard is followed from its beginning", async () => {
    const script = scripted(
      () => stream([], { broken: true }),
      () => stream([frame(STARTED, 1), frame(says("Hi"), 2), frame(FINISHED, 3)]),
    );
    const chat = chatWith(script);
    await chat.send("Go");

    assert.equal(script.asked[1]?.path, "/api/chats/c1/stream?turn=running");
    assert.deepEqual(texts(chat), ["Go", "Hi"]);
    assert.equal(chat.conversation.phase.kind, "idle");
  });

  test("is looked for by trying again where this page's session ended, and not the turn", async () => {
    const running = (end: string) => () => stream([opening("Go", STARTED), end]);
    const script = scripted(
      running(errorFrame("session_revoked", 401)),
      running(frame(says("Whole"), 2)),
    );
    const chat = chatWith(script, { id: "c1", agent: HTTP });
    await chat.open();
    assert.equal(failure(chat), "session_revoked");
    await chat.retry();

    assert.deepEqual(
      script.asked.map((call) => call.method),
      ["GET", "GET"],
    );
    assert.deepEqual(texts(chat), ["Go", "Whole"]);
  });

  test("is not looked for once more where the turn is lost: trying again asks", async () => {
    const lost = () => new Response(JSON.stringify({ code: "turn_lost" }), { status: 502 });
    const script = scripted(() => stream(half, { broken: true }), lost, () =>
      stream([frame(says("Whole")), frame(FINISHED)]),
    );
    const chat = chatWith(script);
    await chat.send("Go");
    assert.equal(failure(chat), "turn_lost");
    await chat.retry();

    assert.deepEqual(
      script.asked.map((call) => call.method),
      ["POST", "GET", "POST"],
    );
  });

  test("before anything of it was heard is read where the answer is over by now", async () => {
    const over = (runId: string) => () =>
      stream([frame({ ...STARTED, runId }, 1), frame(says("Hi"), 2), frame(FINISHED, 3)]);
    for (const [which, shown] of [
      ["id-3", ["Go", "Hi"]],
      ["another", ["Go"]],
    ] as const) {
      const script = scripted(() => stream([], { broken: true }), none, over(which));
      const chat = chatWith(script);
      await chat.send("Go");

      assert.equal(script.asked[2]?.path, "/api/chats/c1/stream");
      assert.deepEqual(texts(chat), shown);
      assert.equal(failure(chat), which === "id-3" ? "none" : "broken_off");
    }
  });

  test("before anything of it was heard has failed where nothing goes on", async () => {
    for (const agent of [AGUI, HTTP]) {
      const chat = chatWith(scripted(() => stream([], { broken: true }), none), { agent });
      await chat.send("Go");

      assert.equal(failure(chat), "broken_off");
    }
  });
});

describe("an old chat", () => {
  test("is not taken for one without a turn where a portal answers", async () => {
    const portal = () => new Response("hi", { headers: { "Content-Type": "text/plain" } });
    const script = scripted(portal);
    const chat = chatWith(script, { id: "c1" });
    await chat.open();

    assert.equal(failure(chat), "network");
    assert.equal(script.asked.length, 1);
  });
});
