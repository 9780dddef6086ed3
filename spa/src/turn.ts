/**
 * One turn with an agent: ask, read the stream as it comes, take it up again where it broke.
 *
 * A question is sent once. What may be repeated without asking is only the reading: of the rest of
 * an answer that is already on its way, or of one that another page has asked for.
 */
import { AnswerReader } from "./answer.ts";
import type { AnswerSink } from "./answer.ts";
import type { Api, RunInput } from "./api.ts";
import { NOTHING_MORE, isStream } from "./api.ts";
import { brokenOff } from "./chunks.ts";
import { answerOf, noneOfIt } from "./finding.ts";
import type { Line } from "./line.ts";
import type { Agent } from "./payloads.ts";
import {
  ApiError,
  BROKEN_OFF,
  LINE_LOST,
  NETWORK,
  askedPause,
  isForeign,
  localProblem,
} from "./problem.ts";

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
 * minute without a server is lived through. Any new event begins them anew.
 */
export const PAUSES_MS = [1000, 2000, 4000, 8000, 15_000, 30_000] as const;

/**
 * How long a device without a network waits for one before it tries all the same: browsers have
 * been wrong about that. Such attempts are not counted, the answer waits for as long as it takes.
 */
export const DOWN_MS = 30_000;

export interface TurnPorts {
  readonly api: Api;
  readonly line: Line;
}

export interface Question {
  readonly agent: Agent;
  readonly chatId: string | null;
  readonly input: RunInput;
}

export interface TurnSink extends AnswerSink {
  /** The server names the chat this turn belongs to. */
  readonly named: (chatId: string) => void;
}

/** The stream was given up, and the turn may go on without it: `rest` can be taken up later. */
export class LineLost extends ApiError {
  readonly rest: Following;

  constructor(rest: Following) {
    super(localProblem(LINE_LOST, "The connection did not come back."));
    this.rest = rest;
  }
}

/**
 * Reads the answer that begins with `first` to the end of its turn. Raises ApiError when it failed,
 * AbortError when it was stopped.
 */
export async function runTurn(
  ports: TurnPorts,
  question: Question,
  first: Response,
  sink: TurnSink,
  signal: AbortSignal,
): Promise<void> {
  const { agent } = question;
  const { runId } = question.input;
  const chatId = first.headers.get("Chat-Id") ?? question.chatId;
  if (chatId !== null) sink.named(chatId);
  const reader = new AnswerReader(agent.protocol, runId, sink);
  if (isStream(first)) {
    await new Following(ports, { agent, chatId, runId, reader }, sink, signal).from(first);
  } else {
    reader.whole(await first.text().catch(brokenOff));
  }
}

/**
 * Follows the turn that goes on in a chat, whoever asked; false, and nothing has happened, where
 * none does. `name` is one of our own for it. Raises as `runTurn`.
 */
export async function joinTurn(
  ports: TurnPorts,
  { agent, chatId, name }: { agent: Agent; chatId: string; name: string },
  sink: AnswerSink & { readonly begun: () => void },
  signal: AbortSignal,
): Promise<boolean> {
  const stream = await ports.api.running(chatId, signal).catch(noneOfIt);
  if (stream === null || stream.status === NOTHING_MORE) return false;
  sink.begun();
  const reader = new AnswerReader(agent.protocol, name, sink);
  await new Following(ports, { agent, chatId, runId: null, reader }, sink, signal).from(stream);
  return true;
}

/** The turn that is read: whose it is, and what reads it. Without a chat it cannot be taken up. */
interface Read {
  readonly agent: Agent;
  readonly chatId: string | null;
  /** The run that was asked for, if it was asked here. */
  readonly runId: string | null;
  readonly reader: AnswerReader;
}

/** The reading of one turn, over as many streams as it takes. */
export class Following {
  /** How often nothing new came of an attempt; -1: the next one is not waited for. */
  #attempts = 0;
  /** The least that the server wants the next attempt to wait for, in milliseconds. */
  #asked = 0;
  #broken: ApiError | null = null;
  readonly #ports: TurnPorts;
  readonly #turn: Read;
  readonly #sink: AnswerSink;
  readonly #signal: AbortSignal;

  constructor(ports: TurnPorts, turn: Read, sink: AnswerSink, signal: AbortSignal) {
    this.#ports = ports;
    this.#turn = turn;
    this.#sink = sink;
    this.#signal = signal;
  }

  /** Reads to the end of the turn, beginning with `stream`. Raises as `runTurn`, and LineLost. */
  async from(stream: Response): Promise<void> {
    this.#broken = await this.#read(stream);
    await this.#toItsEnd();
  }

  /** Takes the turn up again after LineLost, at once. Raises as `from`. */
  async goOn(): Promise<void> {
    this.#attempts = -1;
    await this.#toItsEnd();
  }

  async #toItsEnd(): Promise<void> {
    while (this.#broken !== null) {
      const rest = await this.#resumed(this.#broken);
      if (rest.status === NOTHING_MORE) {
        // The turn is over and all of it was seen. An AG-UI run would have said so by itself.
        const { agent, reader } = this.#turn;
        const over = agent.protocol === "HTTP" && this.#broken.problem.code === BROKEN_OFF;
        if (over && reader.lastEventId !== "") return;
        throw this.#broken;
      }
      this.#broken = await this.#read(rest);
    }
  }

  /** What broke the stream off, null at the end of the turn. Raises what cannot be mended. */
  async #read(stream: Response): Promise<ApiError | null> {
    const { reader } = this.#turn;
    const before = reader.lastEventId;
    const broken = await this.#whileThere((signal) => reader.read(stream, signal));
    if (broken === null) return null;
    const { code, status } = broken.problem;
    // The stream may have begun before the server knew that nobody is logged in any more.
    if (status === 401 || code === "session_revoked") this.#ports.api.sessionEnded(broken.problem);
    if (!this.#isResumable || !RESUMABLE.has(code)) throw broken;
    // Something new has come: the pauses are short again.
    if (reader.lastEventId !== before) this.#attempts = 0;
    this.#asked = askedPause(broken.problem);
    return broken;
  }

  get #isResumable(): boolean {
    const { chatId, reader } = this.#turn;
    return chatId !== null && (reader.lastEventId !== "" || !reader.heard);
  }

  /**
   * Reads until the end, or until there is no network: a stream that came over it may hang for as
   * long as it is waited for. One that cannot be taken up again is waited for all the same.
   */
  async #whileThere<T>(read: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const down = new AbortController();
    const unwatch = this.#ports.line.onDown(() => {
      if (this.#isResumable) down.abort(new ApiError(localProblem(BROKEN_OFF, "No network.")));
    });
    try {
      return await read(AbortSignal.any([this.#signal, down.signal]));
    } finally {
      unwatch();
    }
  }

  /** The rest of the stream, or a 204 if there is none. Raises what ends the turn for this page. */
  async #resumed(broken: ApiError): Promise<Response> {
    const { line } = this.#ports;
    for (;;) {
      const down = line.isDown();
      this.#sink.line(down ? "down" : "lost");
      await line.pause(this.#pause(down), this.#signal);
      const response = await this.#rest(broken);
      if (response === null) continue;
      this.#sink.line("up");
      return response;
    }
  }

  /** How long to wait now, in milliseconds. Raises LineLost when it was long enough. */
  #pause(down: boolean): number {
    if (this.#attempts < 0) {
      this.#attempts = 0;
      return 0;
    }
    if (down) return DOWN_MS;
    const milliseconds = PAUSES_MS[this.#attempts];
    if (milliseconds === undefined) throw new LineLost(this);
    this.#attempts += 1;
    return Math.max(milliseconds, this.#asked);
  }

  /** The server's answer; null if it may have another one in a moment. */
  async #rest(broken: ApiError): Promise<Response | null> {
    const { chatId, reader } = this.#turn;
    try {
      const { api } = this.#ports;
      if (reader.lastEventId === "") return await this.#fromItsBeginning(chatId ?? "");
      return await api.resume(chatId ?? "", reader.lastEventId, this.#signal);
    } catch (error) {
      if (!isWorthAnother(error)) throw plainer(error, broken);
      this.#asked = askedPause(error.problem);
      return null;
    }
  }

  /** The head of the answer has come, and nothing behind it: a short one may be over by now. */
  async #fromItsBeginning(chatId: string): Promise<Response> {
    const { api } = this.#ports;
    const { runId } = this.#turn;
    if (runId === null) return api.running(chatId, this.#signal);
    return (await answerOf(api, chatId, runId, this.#signal)) ?? nothingMore();
  }
}

const nothingMore = (): Response => new Response(null, { status: NOTHING_MORE });

function isWorthAnother(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false;
  const { code, status } = error.problem;
  // Streams that a bad line has swallowed count as open until the server notices.
  if (RESUMABLE.has(code) || status === 503 || status === 429) return true;
  return isForeign(error.problem) && status !== 401 && status !== 404;
}

/** What broke the answer says more than why it cannot be taken up again, with two exceptions. */
function plainer(error: unknown, broken: ApiError): unknown {
  if (!(error instanceof ApiError)) return error;
  return error.problem.status === 401 || error.problem.code === "turn_lost" ? error : broken;
}
