/** What a logged-in person works with: their agents, their chats, and the chat they look at. */
import type { Api } from "./api.ts";
import { Chat } from "./chat.ts";
import type { ChatPorts } from "./chat.ts";
import type { Line } from "./line.ts";
import type { Agent, ChatEntry } from "./payloads.ts";
import { problemOf } from "./problem.ts";
import type { Problem } from "./problem.ts";
import type { Place } from "./route.ts";

export interface WorkspacePorts {
  readonly api: Api;
  readonly line: Line;
  readonly newId: () => string;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Something about the lists, or about which chat is shown, is another now. */
  readonly onChange: () => void;
  /** The conversation of `chat` has gone on. */
  readonly onConversation: (chat: Chat) => void;
  /** The chat being shown has got its own path. */
  readonly onPlace: (place: Place) => void;
}

/** What is shown beside the list. "missing": there is no such chat, or not for this person. */
export type Shown = Chat | "missing" | null;

export class Workspace {
  agents: readonly Agent[] = [];
  chats: readonly ChatEntry[] = [];
  shown: Shown = null;
  /** Why there is nothing to work with. */
  problem: Problem | null = null;
  ready = false;
  readonly #ports: WorkspacePorts;
  /** Every chat of this page, those without an id among them. */
  readonly #all = new Set<Chat>();
  readonly #open = new Map<string, Chat>();
  #place: Place = { kind: "new" };
  #unbegun: Chat | null = null;

  constructor(ports: WorkspacePorts) {
    this.#ports = ports;
  }

  /** Fetch what the person has, then show `place`. */
  async start(place: Place): Promise<void> {
    this.#place = place;
    this.problem = null;
    this.#ports.onChange();
    try {
      const { api } = this.#ports;
      [this.agents, this.chats] = await Promise.all([api.agents(), api.chats()]);
      this.ready = true;
    } catch (error) {
      this.problem = problemOf(error);
    }
    this.show(this.#place);
  }

  show(place: Place): void {
    this.#place = place;
    if (this.ready) this.shown = place.kind === "chat" ? this.#chat(place.id) : this.#newChat();
    this.#ports.onChange();
    if (this.shown instanceof Chat) void this.shown.open();
  }

  /** The agent of the chat that has not begun yet. */
  choose(name: string): void {
    const agent = this.agents.find((known) => known.name === name);
    if (agent === undefined || !(this.shown instanceof Chat) || this.shown.id !== null) return;
    this.shown.agent = agent;
    this.#ports.onChange();
  }

  /** Fetch the list again; a failure leaves the old one, since nothing depends on it. */
  async refresh(): Promise<void> {
    try {
      this.chats = await this.#ports.api.chats();
      this.#ports.onChange();
    } catch {
      // The next turn refreshes it again.
    }
  }

  /** Raises ApiError; then the chat is still there. */
  async forget(id: string): Promise<void> {
    await this.#ports.api.forget(id);
    this.#open.get(id)?.close();
    this.#open.delete(id);
    this.chats = this.chats.filter((chat) => chat.id !== id);
    if (this.#place.kind === "chat" && this.#place.id === id) this.#ports.onPlace({ kind: "new" });
    this.#ports.onChange();
  }

  /** Nothing of this person may go on once they are gone. */
  close(): void {
    for (const chat of this.#all) chat.close();
  }

  agentOf(name: string): Agent | null {
    return this.agents.find((agent) => agent.name === name) ?? null;
  }

  /** What `entry` is called: its title, or how it began, or whom it is with. */
  titleOf(entry: ChatEntry): string {
    const begun = this.#open.get(entry.id)?.firstWords ?? "";
    return entry.title || begun || `Chat with ${this.agentOf(entry.agent)?.title ?? entry.agent}`;
  }

  isBusy(id: string): boolean {
    return this.#open.get(id)?.busy ?? false;
  }

  #chat(id: string): Shown {
    const open = this.#open.get(id);
    if (open !== undefined) return open;
    const entry = this.chats.find((chat) => chat.id === id);
    const agent = entry === undefined ? null : this.agentOf(entry.agent);
    if (agent === null) return "missing";
    const chat = this.#opened(new Chat(agent, id, this.#chatPorts()));
    this.#open.set(id, chat);
    return chat;
  }

  /** The new chat that is already there, if it is: what was typed into it must not be lost. */
  #newChat(): Shown {
    const [agent] = this.agents;
    const there = this.#unbegun;
    if (agent !== undefined && (there === null || there.id !== null || there.busy)) {
      this.#unbegun = this.#opened(new Chat(agent, null, this.#chatPorts()));
    }
    return this.#unbegun;
  }

  #opened(chat: Chat): Chat {
    this.#all.add(chat);
    return chat;
  }

  #chatPorts(): ChatPorts {
    const { api, line, newId } = this.#ports;
    return {
      api,
      line,
      newId,
      onChange: (chat) => this.#ports.onConversation(chat),
      onNamed: (chat) => this.#named(chat),
      onTurnOver: () => void this.refresh(),
    };
  }

  #named(chat: Chat): void {
    if (chat.id === null) return;
    this.#open.set(chat.id, chat);
    if (!this.chats.some((entry) => entry.id === chat.id)) {
      const now = this.#ports.now();
      const entry = {
        id: chat.id,
        agent: chat.agent.name,
        title: "",
        createdAt: now,
        updatedAt: now,
      };
      this.chats = [entry, ...this.chats];
    }
    if (this.shown === chat) this.#ports.onPlace({ kind: "chat", id: chat.id });
    this.#ports.onChange();
  }
}
