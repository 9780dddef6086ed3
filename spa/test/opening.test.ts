import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Chat } from "../src/chat.ts";
import { PAUSES_MS } from "../src/turn.ts";
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

const refusal = (status: number) => () => new Response("{}", { status });
const recalls = (...messages: readonly object[]) => () =>
  stream([frame(STARTED), frame({ type: "MESSAGES_SNAPSHOT", messages }), frame(FINISHED)]);
const user = (id: string, content: string) => ({ id, role: "user", content });
const assistant = (id: string, content: string) => ({ id, role: "assistant", content });
const BUSY = () => stream([frame(STARTED), frame({ type: "RUN_ERROR", code: "chat_busy" })]);

describe("an old chat", () => {
  test("is recalled once, by asking nothing", async () => {
    const script = scripted(none, recalls(user("u", "Then")));
    const chat = chatWith(script, { id: "c1" });
    await chat.open();
    await chat.open();

    assert.deepEqual(texts(chat), ["Then"]);
    assert.equal(chat.conversation.phase.kind, "idle");
    assert.equal(script.asked.length, 2);
    assert.deepEqual(script.asked[1]?.input?.messages, []);
    assert.equal(script.asked[1]?.headers.get("Chat-Id"), "c1");
  });

  test("that could not be recalled is recalled by trying again", async () => {
    const script = scripted(none, refusal(503), none, recalls(user("u", "Then")));
    const chat = chatWith(script, { id: "c1" });
    await chat.open();
    assert.equal(failure(chat), "http_503");

    await chat.retry();
    assert.deepEqual(texts(chat), ["Then"]);
  });

  test("of which nothing is known about its turns is recalled all the same", async () => {
    const lost = JSON.stringify({ code: "turn_lost", title: "T" });
    for (const unknown of [refusal(404), () => new Response(lost, { status: 502 })]) {
      const chat = chatWith(scripted(unknown, recalls(user("u", "Then"))), { id: "c1" });
      await chat.open();

      assert.deepEqual(texts(chat), ["Then"]);
    }
  });

  test("is not disturbed while it is not known whether a turn goes on", async () => {
    for (const [answer, code] of [
      [refusal(503), "http_503"],
      [() => page(502), "http_502"],
      [() => page(200), "network"],
    ] as const) {
      const script = scripted(answer);
      const chat = chatWith(script, { id: "c1" });
      await chat.open();

      assert.equal(failure(chat), code);
      assert.equal(script.asked.length, 1);
    }
  });

  test("of an agent without AG-UI is only looked at for a turn that goes on", async () => {
    const script = scripted(none);
    const chat = chatWith(script, { agent: HTTP, id: "c1" });
    await chat.open();
    await chat.open();

    assert.deepEqual(
      script.asked.map((call) => call.path),
      ["/api/chats/c1/stream?turn=running"],
    );
    assert.equal(chat.conversation.phase.kind, "idle");
  });
});

describe("a chat in mid-turn", () => {
  const running = (...more: readonly string[]) => () =>
    stream([preamble(0), opening("Count", STARTED), frame(says("1 2 "), 2), ...more]);
  const whole = running(frame(says("3"), 3), frame(FINISHED, 4));

  test("shows the question and the answer, then what was said before", async () => {
    const history = [
      user("u1", "Hello"),
      assistant("a1", "Hi"),
      user("u2", "Count"),
      assistant("a2", "1 2 3"),
    ];
    const script = scripted(whole, recalls(...history));
    const seen: string[] = [];
    const chat = chatWith(script, {
      id: "c1",
      onChange: (changed) =>
        seen.push(`${changed.conversation.phase.kind} ${texts(changed).join("|")}`),
    });
    await chat.open();

    assert.ok(seen.includes("running Count|1 2 3"));
    assert.deepEqual(texts(chat), ["Hello", "Hi", "Count", "1 2 3"]);
    assert.equal(chat.conversation.partial, false);
    assert.equal(script.asked[0]?.path, "/api/chats/c1/stream?turn=running");
    assert.equal(script.asked[0]?.headers.get("Last-Event-ID"), null);
  });

  test("asks the agent nothing before the turn has ended", async () => {
    const script = scripted((_, signal) => hanging([opening("Count", STARTED)], signal));
    const chat = chatWith(script, { id: "c1" });
    const opened = chat.open();
    await until(chat, () => texts(chat).length === 1);

    assert.equal(chat.conversation.phase.kind, "running");
    assert.equal(chat.conversation.partial, true);
    assert.deepEqual(texts(chat), ["Count"]);
    assert.equal(script.asked.length, 1);
    chat.close();
    await opened;
  });

  test("can be stopped", async () => {
    const script = scripted((_, signal) => hanging([opening("Count", STARTED)], signal));
    const chat = chatWith(script, { id: "c1" });
    const opened = chat.open();
    await until(chat, () => texts(chat).length === 1);
    await chat.stop();
    await opened;

    assert.equal(chat.conversation.phase.kind, "stopped");
    assert.equal(script.asked.at(-1)?.path, "/api/chats/c1/stop");
    assert.equal(script.asked.length, 2);
  });

  test("is taken up again where its stream breaks", async () => {
    const script = scripted(
      () => stream([opening("Count", STARTED), frame(says("1 "), 2)], { broken: true }),
      offline,
      () => stream([preamble(2), frame(says("2"), 3), frame(FINISHED, 4)]),
      recalls(user("u", "Count"), assistant("a", "1 2")),
    );
    const chat = chatWith(script, { id: "c1" });
    await chat.open();

    assert.deepEqual(texts(chat), ["Count", "1 2"]);
    assert.equal(script.asked[2]?.headers.get("Last-Event-ID"), "2");
    assert.equal(script.asked[2]?.path, "/api/chats/c1/stream");
  });

  test("that was given up goes on by trying again, and is complete in the end", async () => {
    const script = scripted(
      () => stream([opening("Count", STARTED), frame(says("1 "), 2)], { broken: true }),
      ...PAUSES_MS.map(() => offline),
      () => stream([frame(says("2"), 3), frame(FINISHED, 4)]),
      none,
      recalls(user("u0", "Hello"), user("u", "Count"), assistant("a", "1 2")),
    );
    const chat = chatWith(script, { id: "c1" });
    await chat.open();
    assert.equal(failure(chat), "line_lost");
    await chat.retry();

    assert.deepEqual(texts(chat), ["Hello", "Count", "1 2"]);
    assert.equal(chat.conversation.phase.kind, "idle");
  });

  test("that was given up goes on by opening the chat once more, too", async () => {
    const script = scripted(
      () => stream([opening("Count", STARTED), frame(says("1 "), 2)], { broken: true }),
      ...PAUSES_MS.map(() => offline),
      () => stream([frame(says("2"), 3), frame(FINISHED, 4)]),
      none,
      refusal(503),
    );
    const chat = chatWith(script, { id: "c1" });
    await chat.open();
    await chat.open();

    assert.deepEqual(texts(chat), ["Count", "1 2"]);
  });

  test("that was left is shown once when the chat is opened again", async () => {
    const cut = running(errorFrame("too_many_streams", 429));
    const script = scripted(cut, whole, recalls());
    const chat = chatWith(script, { id: "c1" });
    await chat.open();
    assert.deepEqual(texts(chat), ["Count", "1 2 "]);
    await chat.open();

    assert.deepEqual(texts(chat), ["Count", "1 2 3"]);
    assert.equal(chat.conversation.phase.kind, "idle");
  });

  test("keeps what it has seen of an agent that remembers nothing", async () => {
    for (const messages of [[], [user("u0", "Hello"), assistant("a0", "Hi")]]) {
      const chat = chatWith(scripted(whole, recalls(...messages)), { id: "c1" });
      await chat.open();

      const before = messages.map((message) => message.content);
      assert.deepEqual(texts(chat), [...before, "Count", "1 2 3"]);
    }
  });

  test("keeps what there is to tell of its end", async () => {
    const outcome = { type: "interrupt", interrupts: [{ message: "Shall I?" }] };
    const script = scripted(
      running(frame({ ...FINISHED, outcome }, 3)),
      recalls(user("u", "Count")),
    );
    const chat = chatWith(script, { id: "c1" });
    await chat.open();

    assert.match(chat.conversation.notice, /Shall I/);
  });

  test("that was seen to its end is not asked again where the rest cannot be had", async () => {
    const script = scripted(
      whole,
      refusal(503),
      none,
      recalls(user("u0", "Hello"), user("u", "Count"), assistant("a", "1 2 3")),
    );
    const chat = chatWith(script, { id: "c1" });
    await chat.open();
    assert.equal(failure(chat), "http_503");
    assert.deepEqual(texts(chat), ["Count", "1 2 3"]);
    await chat.retry();

    assert.deepEqual(texts(chat), ["Hello", "Count", "1 2 3"]);
    assert.deepEqual(script.asked.at(-1)?.input?.messages, []);
  });

  test("that fails is asked again by trying again", async () => {
    const script = scripted(running(`id: 3\n${errorFrame("agent_failed")}`), () =>
      stream([frame(says("Whole")), frame(FINISHED)]),
    );
    const chat = chatWith(script, { id: "c1" });
    await chat.open();
    assert.equal(failure(chat), "agent_failed");
    assert.equal(script.asked.length, 1);
    await chat.retry();

    assert.deepEqual(texts(chat), ["Count", "Whole"]);
    assert.deepEqual(
      script.asked.at(-1)?.input?.messages.map((message) => message.content),
      ["Count"],
    );
  });

  test("of which the question is not known is opened again by trying again", async () => {
    const script = scripted(
      () => stream([frame(STARTED, 1), errorFrame("agent_failed")]),
      none,
      recalls(user("u", "Count")),
    );
    const chat = chatWith(script, { id: "c1" });
    await chat.open();
    assert.equal(failure(chat), "agent_failed");
    await chat.retry();

    assert.deepEqual(texts(chat), ["Count"]);
    assert.equal(chat.conversation.phase.kind, "idle");
  });

  test("whose agent failed by its own word is not recalled", async () => {
    const script = scripted(running(frame({ type: "RUN_ERROR", code: "x" }, 3)));
    const chat = chatWith(script, { id: "c1" });
    await chat.open();

    assert.equal(failure(chat), "x");
    assert.equal(script.asked.length, 1);
  });

  test("of an agent without AG-UI shows the question and the answer", async () => {
    const part = `id: 1\nasked: "Count"\ndata: {"data": "All of it"}\n\n`;
    const script = scripted(() => stream([preamble(0), part]));
    const chat = chatWith(script, { agent: HTTP, id: "c1" });
    await chat.open();
    await chat.open();

    assert.deepEqual(texts(chat), ["Count", "All of it"]);
    assert.equal(chat.conversation.phase.kind, "idle");
    assert.equal(chat.conversation.partial, false);
    assert.equal(script.asked.length, 1);
  });

  test("takes no question from a server that tells it in another form", async () => {
    for (const asked of ["Count", '{"text": "Count"}', "7", ""]) {
      const events = `asked: ${asked}\ndata: ${JSON.stringify(STARTED)}\n\n`;
      const script = scripted(() => stream([events, frame(FINISHED)]), recalls());
      const chat = chatWith(script, { id: "c1" });
      await chat.open();

      assert.deepEqual(texts(chat), []);
      assert.equal(chat.conversation.phase.kind, "idle");
    }
  });

  test("of which the beginning is gone says so", async () => {
    const gap = `id: 7\nevent: gap\ndata: {"from": 1, "to": 7, "reason": "truncated"}\n\n`;
    const script = scripted(
      () => stream([gap, frame(says("end"), 8), frame(FINISHED, 9)]),
      refusal(503),
    );
    const chat = chatWith(script, { id: "c1" });
    await chat.open();

    assert.match(chat.conversation.notice, /lost/);
    assert.deepEqual(texts(chat), ["end"]);
  });

  test("is waited for where its turn cannot be followed", async () => {
    const history = recalls(user("u", "Count"), assistant("a", "1 2 3"));
    const busy = () =>
      new Response(JSON.stringify({ code: "agent_busy", title: "T" }), { status: 503 });
    const script = scripted(none, BUSY, none, busy, none, history);
    const pauses: number[] = [];
    const phases = new Set<string>();
    const onChange = (changed: Chat) => phases.add(changed.conversation.phase.kind);
    const chat = chatWith(script, { id: "c1", pauses, onChange });
    await chat.open();

    assert.deepEqual(pauses, PAUSES_MS.slice(0, 2));
    assert.deepEqual(texts(chat), ["Count", "1 2 3"]);
    assert.deepEqual([...phases], ["loading", "idle"]);
  });

  test("is found once it can be followed", async () => {
    const script = scripted(none, BUSY, whole, recalls(user("u", "Count")));
    const chat = chatWith(script, { id: "c1" });
    await chat.open();

    assert.equal(chat.conversation.phase.kind, "idle");
    assert.equal(texts(chat)[0], "Count");
  });

  test("is not waited for without end", async () => {
    const rounds = [...PAUSES_MS, 0].flatMap(() => [none, BUSY]);
    const script = scripted(...rounds, none, recalls(user("u", "Count")));
    const pauses: number[] = [];
    const chat = chatWith(script, { id: "c1", pauses });
    await chat.open();
    assert.equal(failure(chat), "chat_busy");
    assert.deepEqual(pauses, [...PAUSES_MS]);

    await chat.retry();
    assert.deepEqual(texts(chat), ["Count"]);
  });
});

describe("a question of which nobody knows whether it was heard", () => {
  const first = () => stream([frame(STARTED), frame(FINISHED)]);

  test("is not asked again if its answer is on its way", async () => {
    const script = scripted(first, offline, () =>
      stream([opening("Two", STARTED), frame(says("Yes"), 2), frame(FINISHED, 3)]),
    );
    const chat = chatWith(script);
    await chat.send("One");
    await chat.send("Two");
    assert.equal(failure(chat), "network");
    await chat.retry();

    assert.deepEqual(texts(chat), ["One", "Two", "Yes"]);
    assert.equal(chat.conversation.phase.kind, "idle");
    assert.equal(chat.conversation.partial, false);
    assert.equal(script.asked.filter((call) => call.method === "POST").length, 2);
  });

  test("is asked again if nothing is on its way", async () => {
    const script = scripted(first, offline, none, () =>
      stream([frame(STARTED), frame(says("Yes")), frame(FINISHED)]),
    );
    const chat = chatWith(script);
    await chat.send("One");
    await chat.send("Two");
    await chat.retry();

    assert.deepEqual(texts(chat), ["One", "Two", "Yes"]);
    assert.equal(script.asked.filter((call) => call.method === "POST").length, 3);
  });
});
