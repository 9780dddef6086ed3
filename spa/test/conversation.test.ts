import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aguiEvent } from "../src/agui.ts";
import type { Conversation } from "../src/conversation.ts";
import {
  EMPTY,
  asked,
  ended,
  failed,
  isBusy,
  loading,
  reduce,
  rewound,
  stopped,
} from "../src/conversation.ts";
import type { Item } from "../src/item.ts";
import { localProblem } from "../src/problem.ts";

/** `events` as they come off the wire: what is no known event has no effect. */
function after(start: Conversation, ...events: readonly object[]): Conversation {
  return events.map(aguiEvent).reduce((c, event) => (event === null ? c : reduce(c, event)), start);
}

const ASKED = asked(EMPTY, { id: "q", text: "What is in my notes?" });
const start = (messageId: string) => ({ type: "TEXT_MESSAGE_START", messageId, role: "assistant" });
const content = (messageId: string, delta: string) => ({
  type: "TEXT_MESSAGE_CONTENT",
  messageId,
  delta,
});
const end = (messageId: string) => ({ type: "TEXT_MESSAGE_END", messageId });
const call = (toolCallId: string, toolCallName = "list_notes") => ({
  type: "TOOL_CALL_START",
  toolCallId,
  toolCallName,
});
const args = (toolCallId: string, delta: string) => ({ type: "TOOL_CALL_ARGS", toolCallId, delta });
const result = (toolCallId: string, text: unknown) => ({
  type: "TOOL_CALL_RESULT",
  toolCallId,
  messageId: `r-${toolCallId}`,
  content: text,
});

const texts = (c: Conversation): readonly string[] =>
  c.items.map((item) => (item.kind === "tool" ? `[${item.name}]` : item.text));
const item = (c: Conversation, id: string): Item => {
  const found = c.items.find((candidate) => candidate.id === id);
  assert.ok(found, `no item ${id}`);
  return found;
};
const toolState = (c: Conversation, id: string): string => {
  const found = item(c, id);
  return found.kind === "tool" ? found.state : "no tool";
};

describe("an answer", () => {
  test("grows by its pieces and is open until its end", () => {
    const growing = after(ASKED, start("m"), content("m", "Two "), content("m", "notes"));
    assert.deepEqual(item(growing, "m"), {
      kind: "text",
      id: "m",
      role: "assistant",
      text: "Two notes",
      open: true,
      live: true,
    });

    const whole = after(growing, end("m"));
    assert.equal((item(whole, "m") as { open: boolean }).open, false);
  });

  test("may come as chunks, of which later ones need not name the message", () => {
    const chunk = { type: "TEXT_MESSAGE_CHUNK" };
    const c = after(
      ASKED,
      { ...chunk, messageId: "m", role: "assistant", delta: "a" },
      { ...chunk, delta: "b" },
    );

    assert.deepEqual(texts(c), ["What is in my notes?", "ab"]);
  });

  test("never shows what the model was instructed to do", () => {
    const c = after(ASKED, { ...start("s"), role: "system" });

    assert.equal(c.items.length, 1);
  });

  test("leaves every other item the object it was", () => {
    const before = after(ASKED, start("m"), content("m", "a"));
    const now = after(before, content("m", "b"));

    assert.equal(now.items[0], before.items[0]);
    assert.notEqual(now.items[1], before.items[1]);
    assert.equal((before.items[1] as { text: string }).text, "a");
  });
});

describe("a tool call", () => {
  test("collects its arguments and runs until its result", () => {
    const running = after(ASKED, call("t"), args("t", '{"a"'), args("t", ":1}"));
    assert.deepEqual(item(running, "t"), {
      kind: "tool",
      id: "t",
      name: "list_notes",
      args: '{"a":1}',
      result: null,
      state: "running",
    });

    const done = after(running, { type: "TOOL_CALL_END", toolCallId: "t" }, result("t", "[]"));
    assert.equal(toolState(done, "t"), "finished");
  });

  test("may come as chunks", () => {
    const chunk = { type: "TOOL_CALL_CHUNK" };
    const c = after(
      ASKED,
      { ...chunk, toolCallId: "t", toolCallName: "add", delta: "{" },
      { ...chunk, delta: "}" },
    );

    assert.equal((item(c, "t") as { args: string }).args, "{}");
  });

  test("may answer in parts", () => {
    const c = after(ASKED, call("t"), result("t", [{ type: "text", text: "yes" }]));

    assert.equal((item(c, "t") as { result: string }).result, "yes");
  });

  for (const text of ["Error: no such note", '{"error":"denied"}', '{"status":"error"}']) {
    test(`has failed when its result is ${text}`, () => {
      assert.equal(toolState(after(ASKED, call("t"), result("t", text)), "t"), "failed");
    });
  }

  for (const text of [
    "Errors are listed below",
    '{"error":null}',
    '["error"]',
    "Error",
    "{broken",
  ]) {
    test(`has not failed when its result is ${text}`, () => {
      assert.equal(toolState(after(ASKED, call("t"), result("t", text)), "t"), "finished");
    });
  }

  test("gets the fate of its turn when no result ever comes", () => {
    const running = after(ASKED, call("t"));

    assert.equal(toolState(after(running, { type: "RUN_FINISHED" }), "t"), "finished");
    assert.equal(toolState(stopped(running, ""), "t"), "stopped");
    assert.equal(toolState(failed(running, localProblem("x", "X")), "t"), "failed");
  });
});

describe("a turn", () => {
  test("is over when its stream is, not when the run says it is finished", () => {
    const finished = after(ASKED, start("m"), content("m", "a"), { type: "RUN_FINISHED" });
    assert.equal(isBusy(finished), true);
    assert.equal((item(finished, "m") as { open: boolean }).open, false);
    assert.equal(finished.activity, "Finishing");

    assert.equal(ended(finished).phase.kind, "idle");
    assert.equal(ended(finished).activity, "");
  });

  test("has failed when the run says so, and stays failed at the end of the stream", () => {
    const c = ended(after(ASKED, { type: "RUN_ERROR", message: "No model", code: "model" }));

    assert.equal(c.phase.kind, "failed");
    assert.equal(c.phase.kind === "failed" && c.phase.problem.title, "No model");
    assert.equal(c.phase.kind === "failed" && c.phase.problem.code, "model");
  });

  test("that was stopped leaves nothing open", () => {
    const c = stopped(after(ASKED, start("m"), content("m", "half")), "");

    assert.equal(c.phase.kind, "stopped");
    assert.equal((item(c, "m") as { open: boolean }).open, false);
  });

  test("is tried again from its question", () => {
    const c = rewound(failed(after(ASKED, start("m"), call("t")), localProblem("x", "X")));

    assert.deepEqual(texts(c), ["What is in my notes?"]);
    assert.equal(c.phase.kind, "running");
  });

  test("says what the agent is doing while there is nothing to read", () => {
    const step = after(ASKED, { type: "STEP_STARTED", stepName: "Searching" });
    assert.equal(step.activity, "Searching");

    assert.equal(after(step, start("m")).activity, "");
    assert.equal(after(ASKED, { type: "REASONING_START" }).activity, "Thinking");
  });

  test("tells when the agent waits for a decision", () => {
    const c = after(ASKED, {
      type: "RUN_FINISHED",
      outcome: { type: "interrupt", interrupts: [{ id: "1", message: "Pay 30 €?" }] },
    });

    assert.match(c.notice, /waiting for a decision. Pay 30 €\?/);
  });

  test("remembers the thread the agent names", () => {
    assert.equal(after(ASKED, { type: "RUN_STARTED", threadId: "thread" }).threadId, "thread");
  });

  test("is not disturbed by events nobody knows, nor by broken ones", () => {
    const odd = [
      { type: "SOMETHING_NEW" },
      { type: "toString" },
      { type: "TEXT_MESSAGE_CONTENT", messageId: "m" },
      { type: "TOOL_CALL_START", toolCallId: 7 },
      { type: "MESSAGES_SNAPSHOT", messages: "none" },
      { type: "STATE_SNAPSHOT", snapshot: {} },
      { type: 5 },
      {},
    ];

    assert.deepEqual(after(ASKED, ...odd), ASKED);
  });
});

describe("a snapshot", () => {
  const history = [
    { id: "u1", role: "user", content: "List them" },
    {
      id: "a1",
      role: "assistant",
      content: "Looking.",
      toolCalls: [{ id: "t1", type: "function", function: { name: "list", arguments: "{}" } }],
    },
    { id: "r1", role: "tool", toolCallId: "t1", content: "[]" },
    { id: "s1", role: "system", content: "secret instructions" },
    { id: "a2", role: "assistant", content: "None." },
  ];
  const snapshot = (messages: unknown) => ({ type: "MESSAGES_SNAPSHOT", messages });

  test("makes an old chat whole", () => {
    const c = ended(after(loading(EMPTY, "Fetching"), snapshot(history), { type: "RUN_FINISHED" }));

    assert.deepEqual(texts(c), ["List them", "Looking.", "[list]", "None."]);
    assert.equal(toolState(c, "t1"), "finished");
    assert.ok(
      c.items.every((found) => found.kind !== "text" || !found.live),
      "nothing is new",
    );
  });

  test("tells a failed tool from its error", () => {
    const broken = { id: "r1", role: "tool", toolCallId: "t1", content: "", error: "denied" };
    const c = after(loading(EMPTY, "Fetching"), snapshot([history[0], history[1], broken]));

    assert.equal(toolState(c, "t1"), "failed");
    assert.equal((item(c, "t1") as { result: string }).result, "denied");
  });

  test("does not lose what is just being written", () => {
    const writing = after(ASKED, start("m"), content("m", "half"));
    const c = after(
      writing,
      snapshot([{ id: "q", role: "user", content: "What is in my notes?" }]),
    );

    assert.deepEqual(texts(c), ["What is in my notes?", "half"]);
    assert.deepEqual(texts(after(c, content("m", " more"))).at(-1), "half more");
  });

  test("does not lose a question the agent has not recorded yet", () => {
    const c = after(ASKED, snapshot(history));

    assert.equal(texts(c).at(-1), "What is in my notes?");
  });

  test("does not double a question the agent knows by another id", () => {
    const c = after(ASKED, snapshot([{ id: "x", role: "user", content: "What is in my notes?" }]));

    assert.deepEqual(texts(c), ["What is in my notes?"]);
  });

  test("drops what the agent has dropped", () => {
    const old = ended(after(ASKED, start("m"), content("m", "gone"), end("m")));
    const c = after(
      asked(old, { id: "q2", text: "Next" }),
      snapshot([{ id: "q2", role: "user", content: "Next" }]),
    );

    assert.deepEqual(texts(c), ["Next"]);
  });

  test("leaves what has not changed the object it was", () => {
    const first = after(loading(EMPTY, "Fetching"), snapshot(history));
    const again = after(first, snapshot(history));

    first.items.forEach((before, index) => assert.equal(again.items[index], before));
  });
});
