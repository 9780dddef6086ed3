import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MAX_HISTORY_CHARS } from "../src/outgoing.ts";
import { PAUSES_MS } from "../src/turn.ts";
import { HTTP, errorFrame, frame, hanging, preamble, scripted, stream } from "./server.ts";
import { FINISHED, STARTED, chatWith, failure, says, texts, until } from "./talking.ts";

describe("a turn", () => {
  test("asks, and shows what comes back", async () => {
    const script = scripted(() => stream([frame(STARTED), frame(says("Hi")), frame(FINISHED)]));
    const chat = chatWith(script);
    await chat.send("Hello");

    assert.deepEqual(texts(chat), ["Hello", "Hi"]);
    assert.equal(chat.conversation.phase.kind, "idle");
    assert.equal(chat.id, "c1");
    const input = script.asked[0]?.input;
    assert.deepEqual(
      input?.messages.map((message) => message.content),
      ["Hello"],
    );
    assert.equal("prompt" in (input ?? {}), false);
  });

  test("continues the chat, with what was said before, under the agent's thread", async () => {
    const answer = () => stream([frame(STARTED), frame(says("Hi")), frame(FINISHED)]);
    const script = scripted(answer, answer);
    const chat = chatWith(script);
    await chat.send("One");
    await chat.send("Two");

    assert.equal(script.asked[1]?.headers.get("Chat-Id"), "c1");
    assert.equal(script.asked[1]?.input?.threadId, "thread");
    assert.deepEqual(
      script.asked[1]?.input?.messages.map((message) => message.content),
      ["One", "Hi", "Two"],
    );
  });

  test("sends a tool call along only with its result", async () => {
    const call = (id: string) => ({
      type: "TOOL_CALL_START",
      toolCallId: id,
      toolCallName: "list",
    });
    const result = { type: "TOOL_CALL_RESULT", toolCallId: "t1", messageId: "x", content: "[]" };
    const events = [STARTED, call("t1"), result, call("t2"), FINISHED].map((e) => frame(e));
    const script = scripted(
      () => stream(events),
      () => stream([frame(FINISHED)]),
    );
    const chat = chatWith(script);
    await chat.send("One");
    await chat.send("Two");

    assert.deepEqual(
      script.asked[1]?.input?.messages.map((message) => message.role),
      ["user", "assistant", "tool", "user"],
    );
  });

  test("keeps what is sent within bounds, beginning with a question", async () => {
    const long = "x".repeat(60_000);
    const questions = [`One${"x".repeat(50_000)}`, "Two", "Three", "Four"];
    const answer = (text: string) => ({ ...says(long), messageId: text.slice(0, 5) });
    const script = scripted(
      ...questions.map((text) => () => stream([frame(answer(text)), frame(FINISHED)])),
    );
    const chat = chatWith(script);
    for (const text of questions) await chat.send(text);

    const sent = script.asked[3]?.input?.messages ?? [];
    assert.ok(JSON.stringify(sent).length <= MAX_HISTORY_CHARS + 1000);
    assert.deepEqual(
      sent.map((message) => String(message.content).slice(0, 5)),
      ["Two", "xxxxx", "Three", "xxxxx", "Four"],
    );
  });

  test("does not begin while another is running", async () => {
    const script = scripted((_, signal) => hanging([frame(STARTED)], signal));
    const chat = chatWith(script);
    const turn = chat.send("One");
    await chat.send("Two");

    assert.equal(script.asked.length, 1);
    await chat.stop();
    await turn;
  });
});

describe("stopping", () => {
  test("leaves the stream, tells the agent, and keeps what was said", async () => {
    const script = scripted((_, signal) => hanging([frame(STARTED), frame(says("Ha"))], signal));
    const chat = chatWith(script);
    const turn = chat.send("Go");
    await until(chat, () => texts(chat).length === 2);
    await chat.stop();
    await turn;

    assert.equal(chat.conversation.phase.kind, "stopped");
    assert.deepEqual(texts(chat), ["Go", "Ha"]);
    assert.equal(script.asked.at(-1)?.path, "/api/chats/c1/stop");
  });

  test("before the server has answered needs nobody to tell", async () => {
    const script = scripted(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    );
    const chat = chatWith(script);
    const turn = chat.send("Go");
    await chat.stop();
    await turn;

    assert.equal(chat.conversation.phase.kind, "stopped");
    assert.equal(script.asked.length, 1);
  });
});

describe("a failure", () => {
  test("in the stream fails the turn, and trying again asks the same", async () => {
    const script = scripted(
      () => stream([frame(STARTED), frame(says("Half")), errorFrame("agent_failed")]),
      () => stream([frame(says("Whole")), frame(FINISHED)]),
    );
    const chat = chatWith(script);
    await chat.send("Go");
    assert.equal(failure(chat), "agent_failed");
    assert.deepEqual(texts(chat), ["Go", "Half"]);

    await chat.retry();
    assert.deepEqual(texts(chat), ["Go", "Whole"]);
    assert.deepEqual(
      script.asked[1]?.input?.messages.map((m) => m.content),
      ["Go"],
    );
  });

  test("says so when the session was revoked while the answer came", async () => {
    const script = scripted(() => stream([frame(STARTED), errorFrame("session_revoked")]));
    const chat = chatWith(script);
    await chat.send("Go");

    assert.equal(failure(chat), "session_revoked");
    assert.deepEqual(script.ended, ["session_revoked"]);
  });

  test("says so when nobody is logged in, though the stream had begun", async () => {
    const script = scripted(() => stream([errorFrame("not_logged_in", 401)]));
    const chat = chatWith(script);
    await chat.send("Go");

    assert.equal(failure(chat), "not_logged_in");
    assert.deepEqual(script.ended, ["not_logged_in"]);
  });

  test("is a stream without an end that nobody can take up again", async () => {
    const script = scripted(() => stream([frame(STARTED), frame(says("Half"))], { broken: true }));
    const chat = chatWith(script);
    await chat.send("Go");

    assert.equal(failure(chat), "broken_off");
    assert.equal(script.asked.length, 1);
  });

  test("is a stream that ends before the run is finished", async () => {
    const chat = chatWith(scripted(() => stream([frame(STARTED), frame(says("Half"))])));
    await chat.send("Go");

    assert.equal(failure(chat), "broken_off");
  });

  test("is told by the agent itself", async () => {
    const script = scripted(() => stream([frame({ type: "RUN_ERROR", message: "No", code: "x" })]));
    const chat = chatWith(script);
    await chat.send("Go");

    assert.equal(failure(chat), "x");
  });

  test("after the run was finished changes nothing", async () => {
    const script = scripted(() => stream([frame(says("All")), frame(FINISHED)], { broken: true }));
    const chat = chatWith(script);
    await chat.send("Go");

    assert.equal(chat.conversation.phase.kind, "idle");
  });

  test("because the message is too long gives it back to be shortened", async () => {
    const script = scripted(() => new Response("{}", { status: 413 }));
    const chat = chatWith(script);
    await chat.send("Long");

    assert.equal(failure(chat), "http_413");
    assert.equal(chat.draft, "Long");
    assert.deepEqual(texts(chat), []);
    assert.equal(chat.conversation.phase.kind === "failed" && chat.conversation.phase.again, false);
  });
});

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

    assert.equal(failure(chat), "broken_off");
    assert.deepEqual(pauses, [...PAUSES_MS]);
    assert.equal(script.asked.length, 1 + PAUSES_MS.length);
  });

  test("is taken up again once there is a network again", async () => {
    const offline = (): never => {
      throw new TypeError("Failed to fetch");
    };
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

  test("has failed when what comes back is a page", async () => {
    const script = scripted(
      () => stream(half, { broken: true }),
      () => new Response("<html>", { headers: { "Content-Type": "text/html" } }),
    );
    const chat = chatWith(script);
    await chat.send("Go");

    assert.equal(failure(chat), "broken_off");
    assert.equal(script.asked.length, 2);
  });
});

describe("an old chat", () => {
  const messages = [{ id: "u", role: "user", content: "Then" }];

  test("is recalled once, by asking nothing", async () => {
    const snapshot = frame({ type: "MESSAGES_SNAPSHOT", messages });
    const script = scripted(() => stream([frame(STARTED), snapshot, frame(FINISHED)]));
    const chat = chatWith(script, { id: "c1" });
    await chat.recall();
    await chat.recall();

    assert.deepEqual(texts(chat), ["Then"]);
    assert.equal(script.asked.length, 1);
    assert.deepEqual(script.asked[0]?.input?.messages, []);
    assert.equal(script.asked[0]?.headers.get("Chat-Id"), "c1");
  });

  test("that could not be recalled is recalled by trying again", async () => {
    const snapshot = frame({ type: "MESSAGES_SNAPSHOT", messages });
    const script = scripted(
      () => new Response("{}", { status: 503 }),
      () => stream([snapshot, frame(FINISHED)]),
    );
    const chat = chatWith(script, { id: "c1" });
    await chat.recall();
    assert.equal(failure(chat), "http_503");

    await chat.retry();
    assert.deepEqual(texts(chat), ["Then"]);
  });

  test("of an agent without AG-UI is not asked for", async () => {
    const script = scripted();
    await chatWith(script, { agent: HTTP, id: "c1" }).recall();

    assert.equal(script.asked.length, 0);
  });
});
