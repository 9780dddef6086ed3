/** Telling the server to stop a turn, on a line that may be bad. */
import { askedPause, isForeign, problemOf } from "./problem.ts";
import type { TurnPorts } from "./turn.ts";

/** The pauses before a stop that was not heard is said again; the server may ask for longer ones. */
export const STOP_PAUSES_MS = [1000, 2000, 4000] as const;

/** Tells the server to stop the chat's turn; false if it did not hear. Never raises. */
export async function sayStop({ api, line }: TurnPorts, chatId: string): Promise<boolean> {
  // Nobody takes a stop back.
  const { signal } = new AbortController();
  for (const pause of [...STOP_PAUSES_MS, null]) {
    let asked = 0;
    try {
      await api.stop(chatId);
      return true;
    } catch (error) {
      // No such chat, or nobody is logged in any more: nothing goes on that could be stopped.
      const problem = problemOf(error);
      const { status } = problem;
      if (status >= 400 && status < 500 && status !== 429 && !isForeign(problem)) return true;
      asked = askedPause(problem);
    }
    if (pause !== null) await line.pause(Math.max(pause, asked), signal);
  }
  return false;
}
