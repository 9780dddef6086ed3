import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MAX_HISTORY_CHARS } from "../src/outgoing.ts";
import { errorFrame, frame, hanging, none, offline, page, scripted, stream } from "./server.ts";
import { FINISHED, STARTED, chatWith, failure, says, texts } from "./talking.ts";

/** The refusal of what the agent has got before, in chat c7. */
const repeated = (): Response =>
  new Response(JSON.stringify({ code: "asked_already", title: "T" }), {
    status: 409,
    headers: { "Chat-Id": "c7" },
  });
const NEWEST = "/api/chats/c7/stream";
const JOINED = `${NEWEST}?turn=running`;

/** The name of the first run of a chat: its thread and its question have the first two ids. */
const OURS = "id-3";

/** The whole answer to the run of that name. */
const finished = (runId: string, chatId: string): Response =>
  stream([frame({ ...STARTED, runId }, 1), frame(says("Hi"), 2), frame(FINISHED, 3)], { chatId });

describe("a turn", () => {
  test("that something in between may have kept from the agent is looked for, then asked", async () => {
    for (const status of [200, 502, 504]) {
      const whole = () => stream([frame(STARTED), frame(says("Hi")), frame(FINISHED)]);
      const script = scripted(none, whole, () => page(status), whole, whole);
      const chat = chatWith(script, { id: "c1" });
      await chat.open();
      await chat.send("Hello");
      assert.equal(failure(chat), status === 200 ? "network" : `http_${status}`);
      await chat.retry();

      // The turn that goes on was found: the agent has heard the question once.
      assert.equal(script.asked.at(-1)?.path, "/api/chats/c1/stream?turn=running");
      assert.equal(chat.conversation.phase.kind, "idle");
    }
  });

  test("that the browser repeated by itself is followed where it was asked first", async () => {
    const script = scripted(repeated, none, none, () =>
      stream([frame(STARTED), frame(says("Hi")), frame(FINISHED)], { chatId: "c7" }),
    );
    const chat = chatWith(script);
    await chat.send("Hello");

    assert.equal(chat.id, "c7");
    assert.deepEqual(texts(chat), ["Hello", "Hi"]);
    assert.equal(chat.conversation.phase.kind, "idle");
    assert.deepEqual(
      script.asked.map((call) => call.path),
      ["/api/agents/hello/invocations", JOINED, NEWEST, JOINED],
    );
  });

  test("that was asked already is shown where its answer is over by now, and no other is", async () => {
    for (const [which, shown] of [
      [OURS, ["Hello", "Hi"]],
      ["another", ["Hello"]],
    ] as const) {
      const script = scripted(repeated, none, () => finished(which, "c7"));
      const chat = chatWith(script);
      await chat.send("Hello");

      assert.deepEqual(texts(chat), shown);
      assert.equal(failure(chat), which === OURS ? "none" : "asked_already");
    }
  });

  test("that was asked already is followed by trying again where it goes on after all", async () => {
    const looks = Array.from({ length: 8 }, () => none);
    const script = scripted(repeated, ...looks, () => finished(OURS, "c7"));
    const chat = chatWith(script);
    await chat.send("Hello");
    assert.equal(failure(chat), "asked_already");
    await chat.retry();

    assert.deepEqual(texts(chat), ["Hello", "Hi"]);
    assert.equal(script.asked.filter((call) => call.method === "POST").length, 1);
  });

  test("whose refusal broke off is tried again under its old name", async () => {
    // A head that broke off has no body, and browsers take it for a whole one.
    const script = scripted(
      () => new Response("", { status: 409 }),
      repeated,
      () => finished(OURS, "c7"),
    );
    const chat = chatWith(script);
    await chat.send("Hello");
    await chat.retry();

    const [first, second] = script.asked.map((call) => call.headers.get("Idempotency-Key"));
    assert.ok(first);
    assert.equal(second, first);
    assert.deepEqual(texts(chat), ["Hello", "Hi"]);
  });

  test("is not over where the head of its answer broke off: it is looked for by its name", async () => {
    const script = scripted(() => new Response(""), repeated, () => finished(OURS, "c7"));
    const chat = chatWith(script);
    await chat.send("Hello");
    assert.equal(failure(chat), "network");
    await chat.retry();

    const [first, second] = script.asked.map((call) => call.headers.get("Idempotency-Key"));
    assert.equal(second, first);
    assert.deepEqual(texts(chat), ["Hello", "Hi"]);
  });

  test("that was asked already, and of which nothing goes on, is told as such", async () => {
    const script = scripted(repeated);
    const chat = chatWith(script);
    await chat.send("Hello");

    assert.equal(failure(chat), "asked_already");
    assert.equal(script.asked.filter((call) => call.method === "POST").length, 1);
  });

  test("of a new chat that may have come through is tried again under its old name", async () => {
    const script = scripted(offline, repeated, () =>
      stream([frame(STARTED), frame(says("Hi")), frame(FINISHED)]),
    );
    const chat = chatWith(script);
    await chat.send("Hello");
    await chat.retry();

    const [first, second] = script.asked.map((call) => call.headers.get("Idempotency-Key"));
    assert.ok(first);
    assert.equal(second, first);
    assert.deepEqual(texts(chat), ["Hello", "Hi"]);
  });

  test("has a name of its own each time that somebody means it", async () => {
    const whole = () => stream([frame(STARTED), frame(FINISHED)]);
    const script = scripted(whole, whole);
    const chat = chatWith(script);
    await chat.send("Hello");
    await chat.send("Hello");

    const names = script.asked.map((call) => call.headers.get("Idempotency-Key"));
    assert.equal(new Set(names).size, 2);
  });

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

describe("a failure", () => {
  test("because the chat is busy with another question is no reason to follow that one", async () => {
    const refusals = [
      () => new Response(JSON.stringify({ code: "too_many_streams" }), { status: 429 }),
      () => stream([frame(STARTED), frame({ type: "RUN_ERROR", code: "chat_busy", message: "" })]),
    ];
    for (const refusal of refusals) {
      const whole = () => stream([frame(says("Hi")), frame(FINISHED)]);
      const script = scripted(whole, refusal, whole);
      const chat = chatWith(script);
      await chat.send("One");
      await chat.send("Two");
      await chat.retry();

      assert.deepEqual(
        script.asked.map((call) => call.method),
        ["POST", "POST", "POST"],
      );
    }
  });

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
