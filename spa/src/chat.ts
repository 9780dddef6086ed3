/** One chat that is open on this page: its conversation, its unsent text, its running turn. */
import type { AguiEvent } from "./agui.ts";
import type { Api } from "./api.ts";
import { isAbort } from "./api.ts";
import { ASKED_ALREADY, Asking } from "./asking.ts";
import type { Conversation } from "./conversation.ts";
import {
  EMPTY,
  asked,
  completed,
  ended,
  failed,
  gapped,
  heard,
  isBusy,
  joined,
  lineIs,
  loading,
  recalling,
  reduce,
  rewound,
  stopped,
  stopping,
  withdrawn,
} from "./conversation.ts";
import { answerOf, noneOfIt } from "./finding.ts";
import type { Line } from "./line.ts";
import { recallInput, runInput } from "./outgoing.ts";
import type { Agent } from "./payloads.ts";
import { ApiError, isDoubtful, problemOf } from "./problem.ts";
import type { Problem } from "./problem.ts";
import { sayStop } from "./stop.ts";
import { LineLost, PAUSES_MS, joinTurn, runTurn } from "./turn.ts";
import type { Following, Question, TurnSink } from "./turn.ts";

/** Refusals of the message itself: it goes back to where it was written, to be changed. */
const TO_BE_CHANGED: ReadonlySet<number> = new Set([400, 413, 422]);

/** The agent has no time to be asked what it remembers: it answers, and not to this page. */
const BUSY: ReadonlySet<string> = new Set(["chat_busy", "agent_busy"]);

/** The pauses while an answer to what was asked already is looked for: slow ones begin after 5 s. */
export const FINDING_MS = [1000, 2000, 4000] as const;

/**
 * How long a stop waits for the id of a new chat. To leave the stream ends no turn that outlives its
 * browser, and without an id nobody can be told; the server begins slow answers after 5 s.
 */
export const NAMING_MS = 6000;

const RECALLING = "Fetching earlier messages";
const LOOKING = "Looking whether an answer is being written";
const WAITING = "The agent is still answering in this chat";
const UNHEARD =
  "You left this answer, but Gatehouse could not be told to stop it: the agent may go on with it.";

export interface ChatPorts {
  readonly api: Api;
  readonly line: Line;
  readonly newId: () => string;
  /** The conversation is another one now. */
  readonly onChange: (chat: Chat) => void;
  /** The server has given this chat its id. */
  readonly onNamed: (chat: Chat) => void;
  /** A turn is over, however it ended. */
  readonly onTurnOver: (chat: Chat) => void;
}

/** What was given up because the line was lost, and what stops it. */
interface GivenUp {
  readonly following: Following;
  readonly turn: AbortController;
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
  /** Aborted as soon as the chat has its id, or nothing is left that could give it one. */
  #naming: AbortController | null = null;
  /** Whether all that was said earlier is here, or cannot be had. */
  #complete: boolean;
  /** Whether what failed last was the opening of the chat, and no turn. */
  #openingFailed = false;
  /** The question to which no answer has begun yet. */
  #asking: Asking | null = null;
  /** The name of the question to which no answer has begun. */
  #unanswered: string | undefined;
  /** To be gone on with when the person wants to try again. */
  #rest: GivenUp | null = null;

  constructor(agent: Agent, id: string | null, ports: ChatPorts) {
    this.agent = agent;
    this.id = id;
    this.#ports = ports;
    this.#threadId = id ?? ports.newId();
    this.#complete = id === null;
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

  /**
   * Show the chat as it stands, once: the turn that goes on, if one does, to its end, and then
   * what the agent remembers. Never the other way round: an agent in mid-turn is not disturbed.
   */
  async open(): Promise<void> {
    const { id } = this;
    if (this.#complete || this.busy || id === null) return;
    if (this.#rest !== null) return this.#goOn(this.#rest);
    this.#set(loading(this.conversation, this.agent.protocol === "AGUI" ? RECALLING : LOOKING));
    await this.#during(async (turn) => {
      this.#openingFailed = true;
      await this.#open(id, turn);
    });
  }

  async send(text: string): Promise<void> {
    if (this.busy) return;
    this.#rest = null;
    this.#set(asked(this.conversation, { id: this.#ports.newId(), text }));
    await this.#during((turn) => this.#ask(text, turn));
  }

  /** Do again what failed: the reading of an answer, the last question, or the opening. */
  async retry(): Promise<void> {
    const { phase } = this.conversation;
    if (this.busy) return;
    if (this.#rest !== null) return this.#goOn(this.#rest);
    if (this.#openingFailed) return this.open();
    const question = rewound(this.conversation);
    const last = question.items.at(-1);
    if (last?.kind !== "text") return this.open();
    this.#set(question);
    const problem = phase.kind === "failed" ? phase.problem : null;
    const doubtful = problem !== null && isDoubtful(problem);
    const mayGoOn = problem !== null && this.#mayGoOn(problem);
    await this.#during(async (turn) => {
      if (mayGoOn && this.id !== null && (await this.#join(this.id, turn))) return;
      // Under its old name a question is not asked twice, and the server says where it was asked.
      await this.#ask(last.text, turn, doubtful ? this.#unanswered : undefined);
    });
  }

  /** Whether the turn may go on all the same: `problem` is this page's, and says nothing of it. */
  #mayGoOn(problem: Problem): boolean {
    const { code, status } = problem;
    if (isDoubtful(problem) || code === ASKED_ALREADY) return true;
    // The session of this page has ended, and not that in which was asked.
    return this.#unanswered === undefined && (status === 401 || code === "session_revoked");
  }

  /** Look by another way for an answer that does not begin. Nothing is asked twice. */
  look(): void {
    void this.#asking?.look();
  }

  /** Stop the running turn: here at once, at the agent as soon as it hears of it. */
  async stop(): Promise<void> {
    const turn = this.#turn;
    if (turn === null || this.conversation.phase.kind === "stopping") return;
    this.#set(stopping(this.conversation));
    if (this.id === null) await this.#beNamed();
    if (this.#turn !== turn) return; // it has ended by itself
    turn.abort();
    const isHeard = this.id !== null && (await sayStop(this.#ports, this.id));
    this.#set(stopped(this.conversation, isHeard ? "" : UNHEARD));
    this.#ports.onTurnOver(this);
  }

  /** Wait until the server has named this chat, or the turn has ended by itself; but not for long. */
  async #beNamed(): Promise<void> {
    this.#naming = new AbortController();
    const { signal } = this.#naming;
    await this.#ports.line.pause(NAMING_MS, signal).catch(() => undefined);
  }

  /** The page lets go of this chat. */
  close(): void {
    this.#turn?.abort();
  }

  async #open(id: string, turn: AbortController): Promise<void> {
    for (const pause of [...PAUSES_MS, null]) {
      if ((await this.#join(id, turn)) && !this.#finished()) return;
      if (this.agent.protocol === "HTTP") break;
      if (await this.#recall(turn, pause === null)) break;
      this.#set(loading(this.conversation, WAITING));
      await this.#ports.line.pause(pause ?? 0, turn.signal);
    }
    if (this.conversation.phase.kind !== "loading") return;
    this.#complete = true;
    this.#openingFailed = false;
    this.#set(completed(this.conversation));
  }

  /** A turn was followed to its end; false if that was a failure, and the last word. */
  #finished(): boolean {
    if (this.conversation.phase.kind === "failed") return false;
    this.#openingFailed = true;
    this.#set(recalling(this.conversation, RECALLING));
    return true;
  }

  /** Follow the turn that goes on; false if none does. */
  async #join(chatId: string, turn: AbortController): Promise<boolean> {
    const begun = (): void => {
      this.#openingFailed = false;
      // What is here of a chat that is not complete comes again: with this turn, or after it.
      const before = this.#complete ? this.conversation : EMPTY;
      this.#set(joined(before, !this.#complete && this.agent.protocol === "AGUI"));
    };
    const named = { agent: this.agent, chatId, name: this.#ports.newId() };
    return joinTurn(this.#ports, named, { ...this.#sink(turn), begun }, turn.signal);
  }

  /** Ask for the earlier messages; false if the agent is busy. The `last` time that is a failure. */
  async #recall(turn: AbortController, last: boolean): Promise<boolean> {
    let busy = false;
    const events = (told: readonly AguiEvent[]): void => {
      busy ||= !last && told.some((e) => e.type === "RUN_ERROR" && BUSY.has(e.code ?? ""));
      if (!busy) this.#sink(turn).events(told);
    };
    try {
      const input = recallInput(this.#threadId, this.#ports.newId());
      const question = { agent: this.agent, chatId: this.id, input };
      const { name } = this.agent;
      const first = await this.#ports.api.recall(name, this.id, input, turn.signal);
      await runTurn(this.#ports, question, first, { ...this.#sink(turn), events }, turn.signal);
    } catch (error) {
      if (last || !(error instanceof ApiError) || !BUSY.has(error.problem.code)) throw error;
      busy = true;
    }
    return !busy;
  }

  async #ask(text: string, turn: AbortController, runId = this.#ports.newId()): Promise<void> {
    this.#openingFailed = false;
    this.#unanswered = runId;
    const prompt = this.agent.protocol === "HTTP" ? text : null;
    const ids = { threadId: this.id ?? this.#threadId, runId, prompt };
    const input = runInput(this.conversation, ids);
    const question = { agent: this.agent, chatId: this.id, input };
    const sink = this.#sink(turn);
    const { signal } = turn;
    this.#asking = new Asking(this.#ports, question, sink, signal);
    try {
      const first = await this.#asking.answer();
      this.#unanswered = undefined;
      await runTurn(this.#ports, question, first, sink, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem.code !== ASKED_ALREADY) throw error;
      await this.#found(error, question, turn);
    }
  }

  /** Follow the answer to a question that has reached the agent by another connection. */
  async #found(asked: ApiError, question: Question, turn: AbortController): Promise<void> {
    const id = asked.chatId ?? this.id;
    if (id === null) throw asked;
    if (!turn.signal.aborted) this.#named(id);
    for (const pause of [...FINDING_MS, null]) {
      const { runId } = question.input;
      const first = await answerOf(this.#ports.api, id, runId, turn.signal).catch(noneOfIt);
      if (first !== null) {
        return runTurn(this.#ports, { ...question, chatId: id }, first, this.#sink(turn), turn.signal);
      }
      if (pause !== null) await this.#ports.line.pause(pause, turn.signal);
    }
    throw asked;
  }

  /** Go on with an answer that was given up, where it was given up. */
  async #goOn({ following, turn }: GivenUp): Promise<void> {
    this.#rest = null;
    this.#set(joined(this.conversation, this.conversation.partial));
    await this.#during(async () => {
      await following.goOn();
      const { id } = this;
      if (!this.#complete && id !== null && this.#finished()) await this.#open(id, turn);
    }, turn);
  }

  /** Do `work` as what this chat is busy with, and show how it ended. */
  async #during(
    work: (turn: AbortController) => Promise<void>,
    turn = new AbortController(),
  ): Promise<void> {
    if (this.#turn !== turn) this.#turn?.abort(); // a failed turn whose stream has not ended yet
    this.#turn = turn;
    try {
      await work(turn);
      if (!turn.signal.aborted) this.#set(ended(this.conversation));
    } catch (error) {
      if (error instanceof LineLost) this.#rest = { following: error.rest, turn };
      if (!isAbort(error)) this.#failed(problemOf(error));
    } finally {
      if (this.#turn === turn) this.#turn = null;
      this.#naming?.abort();
      // One that is being stopped is over when the server has heard of it.
      if (!this.busy) this.#ports.onTurnOver(this);
    }
  }

  #sink(turn: AbortController): TurnSink {
    const set = (change: (c: Conversation) => Conversation): void => {
      if (!turn.signal.aborted) this.#set(change(this.conversation));
    };
    return {
      named: (id) => this.#named(id),
      events: (events) => set((c) => events.reduce(reduce, c)),
      gap: () => set(gapped),
      asked: (text) => set((c) => heard(c, { id: this.#ports.newId(), text })),
      line: (state) => set((c) => lineIs(c, state)),
    };
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
    this.#naming?.abort();
  }

  #set(conversation: Conversation): void {
    this.conversation = conversation;
    this.#ports.onChange(this);
  }
}
