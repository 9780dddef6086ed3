import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Api } from "../src/api.ts";
import { chatGroups } from "../src/chat-list.ts";
import { Chat } from "../src/chat.ts";
import { lineOf } from "../src/line.ts";
import type { Agent, ChatEntry } from "../src/payloads.ts";
import type { Place } from "../src/route.ts";
import { Workspace } from "../src/workspace.ts";
import { AGUI, HTTP, frame, none, scripted, stream } from "./server.ts";

const ENTRY: ChatEntry = { id: "c1", agent: "plain", title: "Old", createdAt: 1, updatedAt: 2 };
const json = (body: unknown) => () => new Response(JSON.stringify(body));
const lists = (agents: readonly Agent[], chats: readonly ChatEntry[]) => [
  json({ agents }),
  json({
    chats: chats.map(({ createdAt, updatedAt, ...entry }) => ({
      ...entry,
      created_at: createdAt,
      updated_at: updatedAt,
    })),
  }),
];

function workspaceOf(api: Api): { workspace: Workspace; places: Place[] } {
  const places: Place[] = [];
  let count = 0;
  const workspace = new Workspace({
    api,
    line: lineOf(new EventTarget(), () => true, () => 0),
    newId: () => `id-${(count += 1)}`,
    now: () => 100,
    onChange: () => undefined,
    onConversation: () => undefined,
    onPlace: (place) => {
      places.push(place);
      workspace.show(place);
    },
  });
  return { workspace, places };
}

function shownChat(workspace: Workspace): Chat {
  assert.ok(workspace.shown instanceof Chat, "no chat is shown");
  return workspace.shown;
}

describe("a workspace", () => {
  test("begins with a new chat with the first agent", async () => {
    const { workspace } = workspaceOf(scripted(...lists([AGUI, HTTP], [])).api);
    await workspace.start({ kind: "new" });

    assert.equal(shownChat(workspace).agent.name, "hello");
    workspace.choose("plain");
    assert.equal(shownChat(workspace).agent.name, "plain");
  });

  test("shows the chat of its path, with the agent it is with", async () => {
    const { workspace } = workspaceOf(scripted(...lists([AGUI, HTTP], [ENTRY])).api);
    await workspace.start({ kind: "chat", id: "c1" });

    assert.equal(shownChat(workspace).agent.name, "plain");
    workspace.choose("hello");
    assert.equal(shownChat(workspace).agent.name, "plain", "a chat keeps its agent");
  });

  test("says when a chat is not there, or its agent is not this tenant's", async () => {
    const { workspace } = workspaceOf(scripted(...lists([AGUI], [ENTRY])).api);
    await workspace.start({ kind: "chat", id: "c1" });
    assert.equal(workspace.shown, "missing");

    workspace.show({ kind: "chat", id: "other" });
    assert.equal(workspace.shown, "missing");
  });

  test("says why it could not begin, and begins when tried again", async () => {
    const script = scripted(
      () => new Response("{}", { status: 503 }),
      () => new Response("{}", { status: 503 }),
      ...lists([AGUI], []),
    );
    const { workspace } = workspaceOf(script.api);
    await workspace.start({ kind: "new" });
    assert.equal(workspace.problem?.status, 503);
    assert.equal(workspace.shown, null);

    await workspace.start({ kind: "new" });
    assert.equal(workspace.problem, null);
    assert.ok(shownChat(workspace));
  });

  test("lists a chat under its own path as soon as the server has named it", async () => {
    const answer = () => stream([frame({ type: "RUN_FINISHED" })], { chatId: "c7" });
    const script = scripted(
      ...lists([AGUI], []),
      answer,
      () => new Response("{}", { status: 503 }),
    );
    const { workspace, places } = workspaceOf(script.api);
    await workspace.start({ kind: "new" });
    const chat = shownChat(workspace);
    await chat.send("  Hello\n there ");

    assert.deepEqual(places, [{ kind: "chat", id: "c7" }]);
    assert.equal(workspace.shown, chat);
    const [entry] = workspace.chats;
    assert.ok(entry);
    assert.equal(workspace.titleOf(entry), "Hello there");
  });

  test("keeps what is typed into a new chat while another one is looked at", async () => {
    const { workspace } = workspaceOf(scripted(...lists([AGUI, HTTP], [ENTRY])).api);
    await workspace.start({ kind: "new" });
    shownChat(workspace).draft = "unsent";
    workspace.show({ kind: "chat", id: "c1" });
    assert.equal(shownChat(workspace).draft, "");

    workspace.show({ kind: "new" });
    assert.equal(shownChat(workspace).draft, "unsent");
  });

  test("forgets a chat only when the server has", async () => {
    const script = scripted(
      ...lists([AGUI, HTTP], [ENTRY]),
      none,
      () => new Response("{}", { status: 503 }),
      () => new Response(null, { status: 204 }),
    );
    const { workspace, places } = workspaceOf(script.api);
    await workspace.start({ kind: "chat", id: "c1" });
    await assert.rejects(workspace.forget("c1"));
    assert.equal(workspace.chats.length, 1);

    await workspace.forget("c1");
    assert.equal(workspace.chats.length, 0);
    assert.deepEqual(places, [{ kind: "new" }]);
  });
});

test("the list of chats is newest first, under the heading of its day", async () => {
  const now = new Date(2026, 10, 21, 15, 0).getTime() / 1000;
  const entry = (id: string, age: number): ChatEntry => ({ ...ENTRY, id, updatedAt: now - age });
  const chats = [entry("old", 86_400 * 20), entry("new", 60), entry("newer", 5)];
  const { workspace } = workspaceOf(scripted(...lists([AGUI, HTTP], chats)).api);
  await workspace.start({ kind: "chat", id: "new" });

  assert.deepEqual(
    chatGroups(workspace, now).map(({ heading, lines }) => [heading, lines.map((line) => line.id)]),
    [
      ["Today", ["newer", "new"]],
      ["Older", ["old"]],
    ],
  );
  assert.deepEqual(
    chatGroups(workspace, now).flatMap(({ lines }) => lines.map((line) => line.current)),
    [false, true, false],
  );
});
