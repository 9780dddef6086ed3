/** Finding the answer to a question in its chat: while it is being written, and when it is over. */
import { isRecord, parsedJson } from "./agui.ts";
import type { Api } from "./api.ts";
import { NOTHING_MORE } from "./api.ts";
import { chunksOf } from "./chunks.ts";
import { EventParser } from "./events.ts";
import { ApiError } from "./problem.ts";

/**
 * The turn that goes on in the chat, else its newest one if that is the run `runId`, from its
 * beginning; null where neither is. Raises ApiError.
 */
export async function answerOf(
  api: Api,
  chatId: string,
  runId: string,
  signal: AbortSignal,
): Promise<Response | null> {
  const running = await api.running(chatId, signal);
  if (running.status !== NOTHING_MORE) return running;
  const newest = await api.newest(chatId, signal);
  return (await isOf(newest, runId, signal)) ? newest : null;
}

/** A server that knows nothing of a turn says so in several ways; a gateway's 502 is none. */
export function noneOfIt(error: unknown): null {
  if (!(error instanceof ApiError)) throw error;
  if (error.problem.status !== 404 && error.problem.code !== "turn_lost") throw error;
  return null;
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
