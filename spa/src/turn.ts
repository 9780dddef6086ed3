/**
 * One turn with an agent: ask, read the stream as it comes, take it up again where it broke.
 *
 * A question is sent once. What may be repeated without asking is only the reading: `resume` gets
 * the rest of an answer that is already on its way.
 */
import { AnswerReader, isStream } from "./answer.ts";
import type { TakeEvents } from "./answer.ts";
import type { Api, RunInput } from "./api.ts";
import { isAbort } from "./api.ts";
import { brokenOff } from "./chunks.ts";
import type { Agent } from "./payloads.ts";
import { ApiError, BROKEN_OFF } from "./problem.ts";

/** What breaks a stream but not the answer it carries. */
const RESUMABLE: ReadonlySet<string> = new Set([BROKEN_OFF, "server_restarting"]);

/** How often in a row a broken stream is taken up again without a single new event. */
const MAX_RESUMES = 3;

const RESUME_PAUSE_MS = 1000;

export interface Question {
  readonly agent: Agent;
  readonly chatId: string | null;
  readonly input: RunInput;
}

export interface TurnSink {
  /** The server names the chat this turn belongs to. */
  readonly named: (chatId: string) => void;
  readonly events: TakeEvents;
}

/** Runs the turn to its end. Raises ApiError when it failed, AbortError when it was stopped. */
export async function runTurn(
  api: Api,
  question: Question,
  sink: TurnSink,
  signal: AbortSignal,
): Promise<void> {
  const { agent, input } = question;
  const first = await api.invoke(agent.name, question.chatId, input, signal);
  const chatId = first.headers.get("Chat-Id") ?? question.chatId;
  if (chatId !== null) sink.named(chatId);
  const reader = new AnswerReader(agent.protocol, input.runId, sink.events);
  if (!isStream(first)) {
    reader.whole(await first.text().catch(brokenOff));
    return;
  }
  let idle = 0;
  for (let stream = first; ;) {
    const before = reader.lastEventId;
    const broken = await reader.read(stream, signal);
    if (broken === null) return;
    // The stream may have begun before the server knew that nobody is logged in any more.
    if (broken.problem.status === 401 || broken.problem.code === "session_revoked") {
      api.sessionEnded(broken.problem);
    }
    idle = reader.lastEventId === before ? idle + 1 : 0;
    const lost = chatId === null || reader.lastEventId === "" || idle >= MAX_RESUMES;
    if (lost || !RESUMABLE.has(broken.problem.code)) throw broken;
    stream = await resumed(api, chatId, reader.lastEventId, signal, broken);
  }
}

async function resumed(
  api: Api,
  chatId: string,
  lastEventId: string,
  signal: AbortSignal,
  broken: ApiError,
): Promise<Response> {
  await pause(RESUME_PAUSE_MS, signal);
  try {
    const response = await api.resume(chatId, lastEventId, signal);
    if (isStream(response)) return response;
  } catch (error) {
    if (isAbort(error)) throw error;
    if (error instanceof ApiError && error.problem.status === 401) throw error;
  }
  throw broken; // what broke the answer says more than why it cannot be taken up again
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
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
