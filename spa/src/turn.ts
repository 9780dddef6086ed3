/**
 * One turn with an agent: ask, read the stream as it comes, take it up again where it broke.
 *
 * A question is sent once. What may be repeated without asking is only the reading: `resume` gets
 * the rest of an answer that is already on its way.
 */
import { AnswerReader, isStream } from "./answer.ts";
import type { AnswerSink } from "./answer.ts";
import type { Api, RunInput } from "./api.ts";
import { brokenOff } from "./chunks.ts";
import type { Agent } from "./payloads.ts";
import { ApiError, BROKEN_OFF, NETWORK } from "./problem.ts";

/** What breaks a stream but not the answer it carries (docs/streams.md). */
const RESUMABLE: ReadonlySet<string> = new Set([
  BROKEN_OFF,
  NETWORK,
  "server_restarting",
  "store_unavailable",
  "keys_unavailable",
]);

/**
 * The pauses before a broken stream is taken up again, for as long as nothing new comes: about a
 * minute without a network is lived through. Any new event begins them anew.
 */
export const PAUSES_MS = [1000, 2000, 4000, 8000, 15_000, 30_000] as const;

/** The answer to a client that has seen everything. */
const NOTHING_MORE = 204;

export interface Question {
  readonly agent: Agent;
  readonly chatId: string | null;
  readonly input: RunInput;
}

export interface TurnSink extends AnswerSink {
  /** The server names the chat this turn belongs to. */
  readonly named: (chatId: string) => void;
}

/** How to wait between two attempts. */
export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>;

/** Runs the turn to its end. Raises ApiError when it failed, AbortError when it was stopped. */
export async function runTurn(
  api: Api,
  question: Question,
  sink: TurnSink,
  signal: AbortSignal,
  pause: Pause = paused,
): Promise<void> {
  const { agent, input } = question;
  const first = await api.invoke(agent.name, question.chatId, input, signal);
  const chatId = first.headers.get("Chat-Id") ?? question.chatId;
  if (chatId !== null) sink.named(chatId);
  const reader = new AnswerReader(agent.protocol, input.runId, sink);
  if (!isStream(first)) {
    reader.whole(await first.text().catch(brokenOff));
    return;
  }
  const again = new Reconnection(api, signal, pause);
  for (let stream = first; ;) {
    const before = reader.lastEventId;
    const broken = await reader.read(stream, signal);
    if (broken === null) return;
    // The stream may have begun before the server knew that nobody is logged in any more.
    if (broken.problem.status === 401 || broken.problem.code === "session_revoked") {
      api.sessionEnded(broken.problem);
    }
    const { code } = broken.problem;
    if (chatId === null || reader.lastEventId === "" || !RESUMABLE.has(code)) throw broken;
    if (reader.lastEventId !== before) again.begin();
    stream = await again.resumed(chatId, reader.lastEventId, broken);
    if (stream.status === NOTHING_MORE) {
      // The turn is over and all of it was seen. An AG-UI run would have said so by itself.
      if (agent.protocol === "HTTP" && code === BROKEN_OFF) return;
      throw broken;
    }
  }
}

/** Takes a stream up again, with longer and longer pauses while nothing new comes. */
class Reconnection {
  #attempts = 0;
  readonly #api: Api;
  readonly #signal: AbortSignal;
  readonly #pause: Pause;

  constructor(api: Api, signal: AbortSignal, pause: Pause) {
    this.#api = api;
    this.#signal = signal;
    this.#pause = pause;
  }

  /** Something new has come: the pauses are short again. */
  begin(): void {
    this.#attempts = 0;
  }

  /** The rest of the stream, or a 204 if there is none. Raises `broken` where that is hopeless. */
  async resumed(chatId: string, lastEventId: string, broken: ApiError): Promise<Response> {
    for (;;) {
      const milliseconds = PAUSES_MS[this.#attempts];
      if (milliseconds === undefined) throw broken;
      this.#attempts += 1;
      await this.#pause(milliseconds, this.#signal);
      const response = await this.#rest(chatId, lastEventId, broken);
      if (response === null) continue;
      if (isStream(response) || response.status === NOTHING_MORE) return response;
      throw broken;
    }
  }

  /** The server's answer; null if it may have another one in a moment. */
  async #rest(chatId: string, lastEventId: string, broken: ApiError): Promise<Response | null> {
    try {
      return await this.#api.resume(chatId, lastEventId, this.#signal);
    } catch (error) {
      if (isWorthAnother(error)) return null;
      throw plainer(error, broken);
    }
  }
}

const isWorthAnother = (error: unknown): boolean =>
  error instanceof ApiError && (RESUMABLE.has(error.problem.code) || error.problem.status === 503);

/** What broke the answer says more than why it cannot be taken up again, with two exceptions. */
function plainer(error: unknown, broken: ApiError): unknown {
  if (!(error instanceof ApiError)) return error;
  return error.problem.status === 401 || error.problem.code === "turn_lost" ? error : broken;
}

function paused(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}
