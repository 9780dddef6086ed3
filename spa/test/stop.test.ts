import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Api } from "../src/api.ts";
import { createApi } from "../src/api.ts";
import { NAMING_MS } from "../src/chat.ts";
import { ASKED_MS, ApiError, NETWORK, localProblem } from "../src/problem.ts";
import { STOP_PAUSES_MS } from "../src/stop.ts";
import { frame, hanging, page, scripted } from "./server.ts";
import { STARTED, chatWith, failure, says, texts, until } from "./talking.ts";

const unreachable = (): ApiError => new ApiError(localProblem(NETWORK, "T"));

/** An API of which every call gets `answer`. */
const answering = (answer: () => Response): Api =>
  createApi({
    fetch: () => Promise.resolve(answer()),
    now: () => 0,
    onSessionEnded: () => undefined,
  });

/** A turn that was stopped while its agent had not answered; `tell`: how the server is told. */
async function stopped(tell: (id: string, server: Api) => Promise<void>) {
  const script = scripted((_, signal) => hanging([frame(STARTED)], signal));
  const api = { ...script.api, stop: (id: string) => tell(id, script.api) };
  const pauses: number[] = [];
  const chat = chatWith({ ...script, api }, { pauses });
  const turn = chat.send("Go");
  await until(chat, () => chat.id !== null);
  await chat.stop();
  await turn;
  return { script, chat, pauses };
}

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

  test("ends the turn when the server has heard it: a list read before would say that it goes on", async () => {
    const script = scripted((_, signal) => hanging([frame(STARTED)], signal));
    const over: string[] = [];
    const api = { ...script.api, stop: () => turn };
    const chat = chatWith(
      { ...script, api },
      { onTurnOver: ({ conversation }) => over.push(conversation.phase.kind) },
    );
    const turn = chat.send("Go");
    await until(chat, () => chat.id !== null);
    await chat.stop();

    assert.deepEqual(over, ["stopped"]);
  });

  test("is said again until the server hears it", async () => {
    let deaf = 2;
    const { script, chat, pauses } = await stopped((id, server) =>
      deaf-- > 0 ? Promise.reject(unreachable()) : server.stop(id),
    );

    assert.deepEqual(pauses, STOP_PAUSES_MS.slice(0, 2));
    assert.equal(script.asked.at(-1)?.path, "/api/chats/c1/stop");
    assert.equal(chat.conversation.phase.kind, "stopped");
    assert.equal(chat.conversation.notice, "");
  });

  test("is said again where something in between has answered in the server's place", async () => {
    for (const status of [200, 403, 502]) {
      const portal = answering(() => page(status));
      let first = true;
      const { chat, pauses } = await stopped((id, server) => {
        const told = first ? portal : server;
        first = false;
        return told.stop(id);
      });

      assert.deepEqual(pauses, STOP_PAUSES_MS.slice(0, 1), String(status));
      assert.equal(chat.conversation.notice, "");
    }
  });

  test("is said again when the server wants it to be", async () => {
    for (const [asked, pause] of [
      ["9", 9000],
      ["0", STOP_PAUSES_MS[0]],
      ["86400", ASKED_MS],
    ] as const) {
      const headers = { "Retry-After": asked };
      const busy = answering(() => new Response("{}", { status: 429, headers }));
      let first = true;
      const { pauses } = await stopped((id, server) => {
        const told = first ? busy : server;
        first = false;
        return told.stop(id);
      });

      assert.deepEqual(pauses, [pause]);
    }
  });

  test("that the server never hears is told to the person", async () => {
    const { chat, pauses } = await stopped(() => Promise.reject(unreachable()));

    assert.deepEqual(pauses, [...STOP_PAUSES_MS]);
    assert.match(chat.conversation.notice, /could not be told/);
  });

  test("what is no longer there needs no second word", async () => {
    const gone = new ApiError({ ...localProblem("chat_unknown", "T"), status: 404 });
    const { chat, pauses } = await stopped(() => Promise.reject(gone));

    assert.deepEqual(pauses, []);
    assert.equal(chat.conversation.notice, "");
  });

  test("before a new chat has its id is said as soon as it has one", async () => {
    let answer = (): void => undefined;
    const script = scripted(
      (_, signal) =>
        new Promise((resolve) => {
          answer = () => resolve(hanging([frame(STARTED, 1)], signal));
        }),
    );
    const pauses: number[] = [];
    const chat = chatWith(script, { pauses, onPause: () => new Promise(setImmediate) });
    const turn = chat.send("Go");
    const stop = chat.stop();
    answer();
    await stop;
    await turn;

    assert.equal(script.asked.at(-1)?.path, "/api/chats/c1/stop");
    assert.deepEqual(pauses, [NAMING_MS]);
    assert.equal(chat.conversation.phase.kind, "stopped");
    assert.equal(chat.conversation.notice, "");
  });

  test("of a new chat that gets no id is told as not heard", async () => {
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
    assert.match(chat.conversation.notice, /could not be told/);
    assert.equal(script.asked.length, 1);
  });

  test("of a new chat whose question came nowhere leaves that failure as it is", async () => {
    const chat = chatWith(scripted(() => new Response("{}", { status: 503 })), {
      onPause: () => new Promise((resolve) => setTimeout(resolve, 0)),
    });
    const turn = chat.send("Go");
    await chat.stop();
    await turn;

    assert.equal(failure(chat), "http_503");
  });
});
