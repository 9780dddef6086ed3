import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HTTP, frame, scripted, stream } from "./server.ts";
import { chatWith, failure, texts } from "./talking.ts";

describe("an agent of protocol HTTP", () => {
  test("gets the question as a prompt, and Strands events become text and tools", async () => {
    const use = { toolUse: { toolUseId: "t", name: "add", input: { a: 1 } } };
    const result = { toolResult: { toolUseId: "t", status: "success", content: [{ text: "2" }] } };
    const script = scripted(() =>
      stream([
        frame({ init_event_loop: true }),
        frame({ data: "One " }),
        frame({ data: "moment." }),
        frame({ message: { role: "assistant", content: [{ text: "One moment." }, use] } }),
        frame({ message: { role: "user", content: [result] } }),
        'data: "It is 2."\n\n',
        frame({ result: "ignored by nobody" }),
      ]),
    );
    const chat = chatWith(script, { agent: HTTP });
    await chat.send("1 + 1?");

    assert.equal(script.asked[0]?.input?.prompt, "1 + 1?");
    assert.deepEqual(texts(chat), ["1 + 1?", "One moment.", "[add]", "It is 2.ignored by nobody"]);
    assert.equal(chat.conversation.phase.kind, "idle");
  });

  for (const [name, body, expected] of [
    ["a result", { result: { role: "assistant", content: [{ text: "Yes" }] } }, "Yes"],
    ["a response", { response: "Yes" }, "Yes"],
    ["a string", "Yes", "Yes"],
    ["anything else", { odd: [1] }, '{\n  "odd": [\n    1\n  ]\n}'],
  ] as const) {
    test(`may answer with ${name} in JSON`, async () => {
      const answer = () => new Response(JSON.stringify(body), { headers: { "Chat-Id": "c1" } });
      const chat = chatWith(scripted(answer), { agent: HTTP });
      await chat.send("Go");

      assert.deepEqual(texts(chat), ["Go", expected]);
      assert.equal(chat.conversation.phase.kind, "idle");
    });
  }

  test("may answer in plain words", async () => {
    const chat = chatWith(
      scripted(() => new Response("Just text", { headers: { "Chat-Id": "c1" } })),
      { agent: HTTP },
    );
    await chat.send("Go");

    assert.deepEqual(texts(chat), ["Go", "Just text"]);
  });

  test("may fail in the AgentCore SDK's own form", async () => {
    const error = frame({ error: "KeyError", message: "An error occurred during streaming" });
    const chat = chatWith(
      scripted(() => stream([error])),
      { agent: HTTP },
    );
    await chat.send("Go");

    assert.equal(failure(chat), "agent_error");
  });
});
