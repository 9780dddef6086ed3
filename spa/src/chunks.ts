/** The bytes of a response as they come, for as long as they come. */
import { isAbort } from "./api.ts";
import { ApiError, BROKEN_OFF, localProblem } from "./problem.ts";

/** The server sends a heartbeat after 15 s of silence: after three missed ones nobody is there. */
export const SILENCE_MS = 50_000;

/** After one heartbeat that is late the person is told that the line is not what it should be. */
export const QUIET_MS = 20_000;

/**
 * The body's chunks; a body that falls silent for SILENCE_MS is given up. `quiet` is called with
 * true after QUIET_MS of it, with false when something comes after all. Raises ApiError when it
 * broke off, AbortError when `signal` said so.
 */
export async function* chunksOf(
  response: Response,
  signal: AbortSignal,
  quiet: (isQuiet: boolean) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  const giveUp = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    for (;;) {
      const { done, value } = await withinSilence(reader.read(), quiet).catch(brokenOff);
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", giveUp);
    giveUp();
  }
}

/** What reading a body throws says nothing but that it broke; an abort stays what it is. */
export function brokenOff(error?: unknown): never {
  if (isAbort(error)) throw error;
  throw new ApiError(localProblem(BROKEN_OFF, "The connection ended before the answer did."));
}

async function withinSilence<T>(
  reading: Promise<T>,
  quiet: (isQuiet: boolean) => void,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let told = false;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      told = true;
      quiet(true);
      const giveUp = (): void => reject(new TypeError("the stream fell silent"));
      timer = setTimeout(giveUp, SILENCE_MS - QUIET_MS);
    }, QUIET_MS);
  });
  try {
    const read = await Promise.race([reading, silence]);
    if (told) quiet(false);
    return read;
  } finally {
    clearTimeout(timer);
  }
}
