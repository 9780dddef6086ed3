/** The line to the server: how it is, and how a better one is waited for. */

/**
 * "up", or nothing is wrong that this page knows of · "late": no answer has begun for long ·
 * "looking": it is being looked for by another way · "quiet": not even a heartbeat comes · "lost":
 * it broke, and is being taken up again · "down": this device has no network.
 */
export type LineState = "up" | "late" | "looking" | "quiet" | "lost" | "down";

export interface Line {
  /** Whether the browser knows that there is no network. */
  readonly isDown: () => boolean;
  /** Calls `act` whenever the network goes away, until what is returned is called. */
  readonly onDown: (act: () => void) => () => void;
  /**
   * Waits so many milliseconds and up to half as many more, or less if a network appears. Rejects
   * once `signal` is aborted.
   */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * The line as a window knows it. `source` gets the events "online" and "offline"; `draw` is random,
 * from 0 to 1: those whom one server lost at one moment must not meet again at the next.
 */
export function lineOf(source: EventTarget, hasNetwork: () => boolean, draw: () => number): Line {
  return {
    isDown: () => !hasNetwork(),
    onDown: (act) => {
      source.addEventListener("offline", act);
      return () => source.removeEventListener("offline", act);
    },
    pause: (milliseconds, signal) => {
      signal.throwIfAborted();
      return new Promise((resolve, reject) => {
        const done = (): void => {
          clearTimeout(timer);
          source.removeEventListener("online", done);
          signal.removeEventListener("abort", done);
          if (signal.aborted) reject(signal.reason as Error);
          else resolve();
        };
        const timer = setTimeout(done, milliseconds * (1 + draw() / 2));
        source.addEventListener("online", done);
        signal.addEventListener("abort", done);
      });
    },
  };
}
