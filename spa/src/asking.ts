/**
 * Asking an agent on a line that may swallow the answer: what came late is told, and may be looked
 * for over another connection.
 *
 * A question has a name, and under its name it is asked once (docs/streams.md): so it may be sent
 * again while it is not known whether it came through. The first connection is waited for all the
 * same: where a turn ends with its browser, the answer can come over no other.
 */
import { isRecord, parsedJson } from "./agui.ts";
import { NOTHING_MORE } from "./api.ts";
import { chunksOf } from "./chunks.ts";
import { EventParser } from "./events.ts";
import { ApiError } from "./problem.ts";
import type { Question, TurnPorts } from "./turn.ts";

/** After so long without any answer it takes unusually long. Slow agents begin theirs after 5 s. */
export const LATE_MS = 20_000;

/** A little less than the ten minutes in which the server knows a name: later it would ask again. */
export const NAMED_MS = 540_000;

/** The refusal of a message that the agent has got before. */
export const ASKED_ALREADY = "asked_already";

/** "come": an answer has begun, or will not · "late": none has · "looking": it is being looked for. */
export type Coming = "come" | "late" | "looking";

export class Asking {
  readonly #ports: TurnPorts;
  readonly #question: Question;
  readonly #signal: AbortSignal;
  readonly #tell: (coming: Coming) => void;
  readonly #ways = new Set<AbortController>();
  #answer: ((answer: Response) => void) | null = null;
  #looking = false;
  #askedAt = 0;

  constructor(
    ports: TurnPorts,
    question: Question,
    signal: AbortSignal,
    tell: (coming: Coming) => void,
  ) {
    this.#ports = ports;
    this.#question = question;
    this.#signal = signal;
    this.#tell = tell;
  }

  /** The answer that begins first, by whichever way. Raises as `Api.invoke`. */
  async answer(): Promise<Response> {
    const late = setTimeout(() => this.#tell("late"), LATE_MS);
    const first = new AbortController();
    this.#askedAt = Date.now();
    try {
      return await new Promise<Response>((resolve, reject) => {
        this.#answer = (answer) => resolve(answer);
        this.#invoke(this.#way(first)).then((answer) => this.#come(answer, first), reject);
      });
    } finally {
      clearTimeout(late);
      this.#answer = null;
      this.#tell("come");
    }
  }

  /** Look for the answer by another way, once at a time. Never raises. */
  async look(): Promise<void> {
    if (this.#looking || this.#answer === null) return;
    this.#looking = true;
    this.#tell("looking");
    const other = new AbortController();
    const found = await this.#found(this.#way(other)).catch(() => null);
    this.#looking = false;
    if (found !== null) this.#come(found, other);
    else if (this.#answer !== null) this.#tell("late");
  }

  #come(answer: Response, by: AbortController): void {
    this.#answer?.(answer);
    this.#answer = null;
    for (const way of this.#ways) if (way !== by) way.abort();
  }

  #way(way: AbortController): AbortSignal {
    this.#ways.add(way);
    return AbortSignal.any([this.#signal, way.signal]);
  }

  #invoke(signal: AbortSignal): Promise<Response> {
    const { agent, chatId, input } = this.#question;
    return this.#ports.api.invoke(agent.name, chatId, input, signal);
  }

  /** What is answered to the question by another connection, or null. */
  async #found(signal: AbortSignal): Promise<Response | null> {
    let { chatId } = this.#question;
    try {
      if (Date.now() - this.#askedAt < NAMED_MS) return await this.#invoke(signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem.code !== ASKED_ALREADY) throw error;
      chatId = error.chatId ?? chatId;
    }
    return chatId === null ? null : this.#stream(chatId, signal);
  }

  async #stream(chatId: string, signal: AbortSignal): Promise<Response | null> {
    const { api } = this.#ports;
    const running = await api.running(chatId, signal);
    if (running.status !== NOTHING_MORE) return running;
    const newest = await api.newest(chatId, signal);
    return (await isOf(newest, this.#question.input.runId, signal)) ? newest : null;
  }
}

/** Whether a stream is that of an AG-UI run of this name: its first event says so. */
async function isOf(stream: Response, runId: string, signal: AbortSignal): Promise<boolean> {
  const parser = new EventParser();
  for await (const chunk of chunksOf(stream.clone(), signal)) {
    const [first] = parser.push(chunk);
    if (first === undefined) continue;
    const event = parsedJson(first.data);
    return isRecord(event) && event["type"] === "RUN_STARTED" && event["runId"] === runId;
  }
  return false;
}
