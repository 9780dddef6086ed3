/** One chat that is open on this page: its conversation, its unsent text, its running turn. */
import type { Api, RunInput } from "./api.ts";
import { isAbort } from "./api.ts";
import type { Conversation } from "./conversation.ts";
import {
  EMPTY,
  asked,
  ended,
  failed,
  gapped,
  isBusy,
  loading,
  reduce,
  rewound,
  stopped,
  stopping,
  withdrawn,
} from "./conversation.ts";
import { recallInput, runInput } from "./outgoing.ts";
import type { Agent } from "./payloads.ts";
import { problemOf } from "./problem.ts";
import type { Problem } from "./problem.ts";
import { runTurn } from "./turn.ts";
import type { Pause } from "./turn.ts";

/** Refusals of the message itself: it goes back to where it was written, to be changed. */
const TO_BE_CHANGED: ReadonlySet<number> = new Set([400, 413, 422]);

export interface ChatPorts {
  readonly api: Api;
  readonly newId: () => string;
  /** The conversation is another one now. */
  readonly onChange: (chat: Chat) => void;
  /** The server has given this chat its id. */
  readonly onNamed: (chat: Chat) => void;
  /** How to wait before a broken stream is taken up again; as the clock says where it is left out. */
  readonly pause?: Pause;
  /** A turn is over, however it ended. */
  readonly onTurnOver: (chat: Chat) => void;
}

export class Chat {
  /** Null until the first turn: the server mints the id. */
  id: string | null;
  agent: Agent;
  /** What the person has typed and not sent. Lives as long as the page, nowhere else. */
  draft = "";
  conversation: Conversation = EMPTY;
  readonly #ports: ChatPorts;
  readonly #threadId: string;
  #turn: AbortController | null = null;
  #recalled: boolean;

  constructor(agent: Agent, id: string | null, ports: ChatPorts) {
    this.agent = agent;
    this.id = id;
    this.#ports = ports;
    this.#threadId = id ?? ports.newId();
    this.#recalled = id === null;
  }

  get busy(): boolean {
    return isBusy(this.conversation);
  }

  /** There is something of this chat to see, if only that it could not begin. */
  get begun(): boolean {
    const { items, phase } = this.conversation;
    return this.id !== null || items.length > 0 || phase.kind === "failed";
  }

  /** The first thing the person said, for want of a title. */
  get firstWords(): string {
    const first = this.conversation.items.find((item) => item.kind === "text");
    return first?.kind === "text" ? first.text.trim().replace(/\s+/g, " ").slice(0, 80) : "";
  }

  /** Ask the agent for the earlier messages, once. Agents of protocol HTTP have no such question. */
  async recall(): Promise<void> {
    if (this.#recalled || this.busy || this.agent.protocol === "HTTP") return;
    this.#set(loading(this.conversation));
    await this.#run(recallInput(this.#threadId, this.#ports.newId()));
    this.#recalled = this.conversation.phase.kind === "idle";
  }

  async send(text: string): Promise<void> {
    if (this.busy) return;
    this.#set(asked(this.conversation, { id: this.#ports.newId(), text }));
    await this.#ask(text);
  }

  /** Do again what failed: the last question, or the recalling of an old chat. */
  async retry(): Promise<void> {
    if (this.busy) return;
    if (!this.#recalled && this.agent.protocol === "AGUI") return this.recall();
    this.#set(rewound(this.conversation));
    const last = this.conversation.items.at(-1);
    if (last?.kind === "text") await this.#ask(last.text);
  }

  /** Stop the running turn: here at once, at the agent as soon as it hears of it. */
  async stop(): Promise<void> {
    const turn = this.#turn;
    if (turn === null || this.conversation.phase.kind === "stopping") return;
    this.#set(stopping(this.conversation));
    turn.abort();
    if (this.id !== null) {
      // Nothing to tell the person: leaving the stream ends the turn too, this only hastens it.
      await this.#ports.api.stop(this.id).catch(() => undefined);
    }
    this.#set(stopped(this.conversation));
  }

  /** The page lets go of this chat. */
  close(): void {
    this.#turn?.abort();
  }

  async #ask(text: string): Promise<void> {
    const prompt = this.agent.protocol === "HTTP" ? text : null;
    const ids = { threadId: this.id ?? this.#threadId, runId: this.#ports.newId(), prompt };
    await this.#run(runInput(this.conversation, ids));
  }

  async #run(input: RunInput): Promise<void> {
    this.#turn?.abort(); // a failed turn whose stream has not ended yet
    const turn = new AbortController();
    this.#turn = turn;
    try {
      await runTurn(
        this.#ports.api,
        { agent: this.agent, chatId: this.id, input },
        {
          named: (id) => this.#named(id),
          events: (events) => {
            if (!turn.signal.aborted) this.#set(events.reduce(reduce, this.conversation));
          },
          gap: () => {
            if (!turn.signal.aborted) this.#set(gapped(this.conversation));
          },
        },
        turn.signal,
        this.#ports.pause,
      );
      if (!turn.signal.aborted) this.#set(ended(this.conversation));
    } catch (error) {
      if (!isAbort(error)) this.#failed(problemOf(error));
    } finally {
      if (this.#turn === turn) this.#turn = null;
      this.#ports.onTurnOver(this);
    }
  }

  #failed(problem: Problem): void {
    if (!TO_BE_CHANGED.has(problem.status) || this.draft !== "") {
      this.#set(failed(this.conversation, problem));
      return;
    }
    const { question, rest } = withdrawn(this.conversation);
    this.draft = question;
    this.#set(failed(rest, problem, question === ""));
  }

  #named(id: string): void {
    if (this.id === id) return;
    this.id = id;
    this.#ports.onNamed(this);
  }

  #set(conversation: Conversation): void {
    this.conversation = conversation;
    this.#ports.onChange(this);
  }
}
