/**
 * Asking an agent on a line that may swallow the answer: what came late is told, and may be looked
 * for over another connection.
 *
 * A question has a name, and under its name it is asked once (docs/streams.md): so it may be sent
 * again while it is not known whether it came through. The first connection is waited for all the
 * same: where a turn ends with its browser, the answer can come over no other.
 */
import { answerOf } from "./finding.ts";
import { ApiError } from "./problem.ts";
import type { Question, TurnPorts, TurnSink } from "./turn.ts";

/** After so long without any answer it takes unusually long. Slow agents begin theirs after 5 s. */
export const LATE_MS = 20_000;

/** A little less than the ten minutes in which the server knows a name: later it would ask again. */
export const NAMED_MS = 540_000;

/** The refusal of a message that the agent has got before. */
export const ASKED_ALREADY = "asked_already";

/** Takes the answer, or null where none will come. */
type TakeAnswer = (answer: Response | null) => void;

export class Asking {
  readonly #ports: TurnPorts;
  readonly #question: Question;
  readonly #sink: Pick<TurnSink, "line" | "named">;
  readonly #signal: AbortSignal;
  /** What is waited for: any of them may bring the answer. */
  readonly #ways = new Set<AbortController>();
  /** Null while nobody waits for an answer: before it, and from its beginning on. */
  #take: TakeAnswer | null = null;
  #looking = false;
  #askedAt = 0;
  #chatId: string | null;

  constructor(
    ports: TurnPorts,
    question: Question,
    sink: Pick<TurnSink, "line" | "named">,
    signal: AbortSignal,
  ) {
    this.#ports = ports;
    this.#question = question;
    this.#sink = sink;
    this.#signal = signal;
    this.#chatId = question.chatId;
  }

  /**
   * The answer that begins first, by whichever way. Raises as `Api.invoke` does by the first way,
   * once no other is left.
   */
  async answer(): Promise<Response> {
    const late = setTimeout(() => this.#sink.line("late"), LATE_MS);
    this.#askedAt = Date.now();
    let failure: unknown;
    const failed = (error: unknown): null => {
      failure = error;
      return null;
    };
    try {
      return await new Promise<Response>((resolve, reject) => {
        this.#take = (answer) => (answer === null ? reject(failure as Error) : resolve(answer));
        void this.#by((signal) => this.#invoke(signal).catch(failed));
      });
    } finally {
      clearTimeout(late);
      this.#sink.line("up");
    }
  }

  /**
   * Look for the answer by another way. Once at a time, but for one that brings nothing for as
   * long as the first: it is waited for beside the next. Never raises.
   */
  async look(): Promise<void> {
    if (this.#looking || this.#take === null) return;
    this.#looking = true;
    this.#sink.line("looking");
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, LATE_MS)));
    // What fails here fails for the first way, too, or says nothing of the answer.
    await Promise.race([late, this.#by((signal) => this.#found(signal).catch(() => null))]);
    clearTimeout(timer);
    this.#looking = false;
    if (this.#take !== null) this.#sink.line("late");
  }

  /** Wait for what one way brings; null: not the answer. */
  async #by(way: (signal: AbortSignal) => Promise<Response | null>): Promise<void> {
    const leave = new AbortController();
    this.#ways.add(leave);
    const found = await way(AbortSignal.any([this.#signal, leave.signal]));
    this.#ways.delete(leave);
    // Else a connection over which nobody reads stays open: browsers have six to a server.
    if (found === null) leave.abort();
    if (found !== null || this.#ways.size === 0) this.#come(found);
  }

  #come(answer: Response | null): void {
    this.#take?.(answer);
    this.#take = null;
    for (const way of this.#ways) way.abort();
  }

  #invoke(signal: AbortSignal): Promise<Response> {
    const { agent, chatId, input } = this.#question;
    return this.#ports.api.invoke(agent.name, chatId, input, signal);
  }

  /** What is answered to the question by another connection, or null. */
  async #found(signal: AbortSignal): Promise<Response | null> {
    try {
      if (Date.now() - this.#askedAt < NAMED_MS) return await this.#invoke(signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem.code !== ASKED_ALREADY) throw error;
      this.#isIn(error.chatId);
    }
    if (this.#chatId === null) return null;
    return answerOf(this.#ports.api, this.#chatId, this.#question.input.runId, signal);
  }

  /** The chat is known, if it is: so its turn can be stopped. */
  #isIn(chatId: string | null): void {
    if (chatId === null || this.#signal.aborted) return;
    this.#chatId = chatId;
    this.#sink.named(chatId);
  }
}
