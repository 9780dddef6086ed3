import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DOWN_MS, PAUSES_MS } from "../src/turn.ts";
import {
  HTTP,
  errorFrame,
  frame,
  hanging,
  none,
  offline,
  opening,
  page,
  preamble,
  scripted,
  stream,
} from "./server.ts";
import { FINISHED, STARTED, chatWith, failure, says, texts, until } from "./talking.ts";

describe("a stream that broke", () => {
  const half = [frame(STARTED, 1), frame(says("Half "), 2)];

  test("is taken up again after its last event, and the question is not repeated", async () => {
    const script = scripted(
      () => stream(half, { broken: true }),
      () => stream([frame(says("and half"), 3), frame(FINISHED, 4)]),
    );
    const chat = chatWith(script);
    await chat.send("Go");

    assert.deepEqual(texts(chat), ["Go", "Half and half"]);
    assert.equal(chat.conversation.phase.kind, "idle");
    assert.equal(script.asked[1]?.path, "/api/chats/c1/stream");
    assert.equal(script.asked[1]?.headers.get("Last-Event-ID"), "2");
    assert.equal(script.asked.filter((call) => call.method === "POST").length, 1);
  });

  test("is taken up again when the server restarts", async () => {
    const script = scripted(
      () => stream([...half, errorFrame("server_restarting")]),
      () => stream([frame(FINISHED, 3)]),
    );
    const chat = chatWith(script);
    await chat.send("Go");

    assert.equal(chat.conversation.phase.kind, "idle");
  });

  test("has failed when the server no longer knows it", async () => {
    const script = scripted(
      () => stream(half, { broken: true }),
      () => new Response("{}", { status: 404 }),
    );
    const chat = chatWith(script);
    await chat.send("Go");

    assert.equal(failure(chat), "broken_off");
  });

  test("ends a turn that failed, and is not taken up again", async () => {
    const script = scripted(() => stream([...half, errorFrame("agent_failed")]));
    const chat = chatWith(script);
    await chat.send("Go");

    assert.equal(failure(chat), "agent_failed");
    assert.equal(script.asked.length, 1);
  });

  test("is given up when it brings nothing new several times over", async () => {
    const nothing = () => stream([preamble(2)], { broken: true });
    const script = scripted(
      () => stream(half, { broken: true }),
      ...PAUSES_MS.map(() => nothing),
    );
    const pauses: number[] = [];
    const chat = chatWith(script, { pauses });
    await chat.send("Go");

    assert.equal(failure(chat), "line_lost");
    assert.deepEqual(pauses, [...PAUSES_MS]);
    assert.equal(script.asked.length, 1 + PAUSES_MS.length);
  });

  test("is taken up again once there is a network again", async () => {
    const script = scripted(
      () => stream(half, { broken: true }),
      offline,
      () => new Response("{}", { status: 503 }),
      () => stream([frame(says("and half"), 3)], { broken: true }),
      () => stream([frame(FINISHED, 4)]),
    );
    const pauses: number[] = [];
    const chat = chatWith(script, { pauses });
    await chat.send("Go");

    assert.deepEqual(texts(chat), ["Go", "Half and half"]);
    assert.equal(chat.conversation.phase.kind, "idle");
    // Something new begins the pauses anew.
    assert.deepEqual(pauses, [1000, 2000, 4000, 1000]);
  });

  test("is taken up again before its first event", async () => {
    const script = scripted(
      () => stream([preamble(0)], { broken: true }),
      () => stream([frame(STARTED, 1), frame(FINISHED, 2)]),
    );
    const chat = chatWith(script);
    await chat.send("Go");

    assert.equal(chat.conversation.phase.kind, "idle");
    assert.equal(script.asked[1]?.headers.get("Last-Event-ID"), "0");
  });

  test("tells of a gap, and goes on behind it", async () => {
    const gap = `id: 7\nevent: gap\ndata: {"from": 3, "to": 7, "reason": "truncated"}\n\n`;
    const script = scripted(
      () => stream(half, { broken: true }),
      () => stream([gap, frame(says("end"), 8), frame(FINISHED, 9)]),
    );
    const chat = chatWith(script);
    await chat.send("Go");

    assert.deepEqual(texts(chat), ["Go", "Half end"]);
    assert.match(chat.conversation.notice, /lost/);
    assert.equal(chat.conversation.phase.kind, "idle");
  });

  test("is over when the server says that everything was seen", async () => {
    const part = `id: 1\ndata: {"data": "All of it"}\n\n`;
    const script = scripted(
      () => stream([part], { broken: true }),
      () => new Response(null, { status: 204 }),
    );
    const chat = chatWith(script, { agent: HTTP });
    await chat.send("Go");

    assert.deepEqual(texts(chat), ["Go", "All of it"]);
    assert.equal(chat.conversation.phase.kind, "idle");
  });

  test("has failed when everything was seen and the run was not finished", async () => {
    const script = scripted(
      () => stream(half, { broken: true }),
      () => new Response(null, { status: 204 }),
    );
    const chat = chatWith(script);
    await chat.send("Go");

    assert.equal(failure(chat), "broken_off");
    assert.equal(script.asked.length, 2);
  });

  test("has failed when the turn ended with its server", async () => {
    const script = scripted(
      () => stream([...half, errorFrame("server_restarting")]),
      () => stream([`id: 3\n${errorFrame("server_restarting")}`]),
      () => new Response(null, { status: 204 }),
    );
    const chat = chatWith(script);
    await chat.send("Go");

    assert.equal(failure(chat), "server_restarting");
    assert.equal(script.asked.length, 3);
  });

  test("says so when the answer was lost", async () => {
    const script = scripted(
      () => stream(half, { broken: true }),
      () => new Response(JSON.stringify({ code: "turn_lost", title: "T" }), { status: 502 }),
    );
    const chat = chatWith(script);
    await chat.send("Go");

    assert.equal(failure(chat), "turn_lost");
    assert.equal(script.asked.length, 2);
  });

  test("is left alone once the person has stopped it", async () => {
    const script = scripted(() => stream(half, { broken: true }));
    const chat = chatWith(script, {
      onPause: () => void chat.stop(),
    });
    await chat.send("Go");

    assert.equal(chat.conversation.phase.kind, "stopped");
    assert.equal(script.asked.filter((call) => call.path.endsWith("/stream")).length, 0);
  });

  test("is taken up again behind what something in between has answered", async () => {
    for (const status of [200, 403, 502, 504, 511]) {
      const script = scripted(
        () => stream(half, { broken: true }),
        () => page(status),
        () => stream([frame(says("and half"), 3), frame(FINISHED, 4)]),
      );
      const chat = chatWith(script);
      await chat.send("Go");

      assert.deepEqual(texts(chat), ["Go", "Half and half"], String(status));
      assert.equal(chat.conversation.phase.kind, "idle");
    }
  });

  test("is taken up again once streams that nobody reads any more are counted out", async () => {
    const refused = JSON.stringify({ code: "too_many_streams", title: "T" });
    const script = scripted(
      () => stream(half, { broken: true }),
      () => new Response(refused, { status: 429 }),
      () => stream([frame(FINISHED, 3)]),
    );
    const chat = chatWith(script);
    await chat.send("Go");

    assert.equal(chat.conversation.phase.kind, "idle");
  });

  test("that was given up goes on by trying again, and nothing is asked twice", async () => {
    const nothing = () => stream([preamble(2)], { broken: true });
    const script = scripted(
      () => stream(half, { broken: true }),
      ...PAUSES_MS.map(() => nothing),
      () => stream([frame(says("and half"), 3), frame(FINISHED, 4)]),
    );
    const pauses: number[] = [];
    const chat = chatWith(script, { pauses });
    await chat.send("Go");
    assert.equal(failure(chat), "line_lost");
    await chat.retry();

    assert.deepEqual(texts(chat), ["Go", "Half and half"]);
    assert.equal(chat.conversation.phase.kind, "idle");
    assert.equal(script.asked.at(-1)?.headers.get("Last-Event-ID"), "2");
    assert.equal(script.asked.filter((call) => call.method === "POST").length, 1);
    // The person has waited long enough.
    assert.deepEqual(pauses, [...PAUSES_MS, 0]);
  });

  test("that was given up can be given up again", async () => {
    const nothing = () => stream([preamble(2)], { broken: true });
    const script = scripted(
      () => stream(half, { broken: true }),
      ...PAUSES_MS.map(() => nothing),
      ...PAUSES_MS.map(() => offline),
      offline,
      () => stream([frame(FINISHED, 3)]),
    );
    const chat = chatWith(script);
    await chat.send("Go");
    await chat.retry();
    assert.equal(failure(chat), "line_lost");
    await chat.retry();

    assert.equal(chat.conversation.phase.kind, "idle");
    assert.deepEqual(texts(chat), ["Go", "Half "]);
  });

  test("that was given up is forgotten when something else is asked", async () => {
    const nothing = () => stream([preamble(2)], { broken: true });
    const script = scripted(
      () => stream(half, { broken: true }),
      ...PAUSES_MS.map(() => nothing),
      () => new Response("{}", { status: 409 }),
      none,
      () => stream([frame(FINISHED, 1)]),
    );
    const chat = chatWith(script);
    await chat.send("Go");
    await chat.send("Something else");
    await chat.retry();

    assert.equal(script.asked.filter((call) => call.path.endsWith("/stream")).length, 6);
    assert.equal(script.asked.at(-1)?.method, "POST");
  });

  test("waits for as long as the device has no network, and does not count that", async () => {
    const tries = PAUSES_MS.length * 2;
    let down = tries;
    const script = scripted(
      () => stream(half, { broken: true }),
      ...Array.from({ length: tries }, () => offline),
      () => stream([frame(FINISHED, 3)]),
    );
    const pauses: number[] = [];
    const chat = chatWith(script, { pauses, isDown: () => (down -= 1) >= 0 });
    await chat.send("Go");

    assert.equal(chat.conversation.phase.kind, "idle");
    assert.deepEqual(pauses, [...Array.from({ length: tries }, () => DOWN_MS), 1000]);
  });

  test("is told to the person for as long as it is broken", async () => {
    let down = true;
    const lines: string[] = [];
    const script = scripted(
      () => stream(half, { broken: true }),
      offline,
      (_, signal) => {
        signal.throwIfAborted();
        return stream([frame(says("and half"), 3), frame(FINISHED, 4)]);
      },
    );
    const chat = chatWith(script, {
      isDown: () => down,
      onPause: () => {
        down = false;
        lines.push(chat.conversation.line);
      },
    });
    await chat.send("Go");

    assert.deepEqual(lines, ["down", "lost"]);
    assert.equal(chat.conversation.line, "up");
  });

  test("of which the question was told too shows it once", async () => {
    const script = scripted(
      () => stream([preamble(0)], { broken: true }),
      () => stream([opening("Go", STARTED), frame(FINISHED, 2)]),
    );
    const chat = chatWith(script);
    await chat.send("Go");

    assert.deepEqual(texts(chat), ["Go"]);
  });

  // In time: the silence of the stream would end it, too.
  test("is left when the network goes away", { timeout: 10_000 }, async () => {
    const network = new EventTarget();
    const script = scripted(
      (_, signal) => hanging(half, signal),
      () => stream([frame(says("and half"), 3), frame(FINISHED, 4)]),
    );
    const chat = chatWith(script, { network });
    const turn = chat.send("Go");
    await until(chat, () => texts(chat).length === 2);
    network.dispatchEvent(new Event("offline"));
    await turn;

    assert.deepEqual(texts(chat), ["Go", "Half and half"]);
    assert.equal(chat.conversation.phase.kind, "idle");
  });

  test("is not left for that where nobody could take it up again", async () => {
    const network = new EventTarget();
    const script = scripted((_, signal) => hanging([frame(STARTED), frame(says("Ha"))], signal));
    const chat = chatWith(script, { network });
    const turn = chat.send("Go");
    await until(chat, () => texts(chat).length === 2);
    network.dispatchEvent(new Event("offline"));
    await new Promise((resolve) => setImmediate(resolve));

    assert.equal(chat.conversation.phase.kind, "running");
    chat.close();
    await turn;
  });
});
