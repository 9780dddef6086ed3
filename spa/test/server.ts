/** A server for turns: answers by script, and remembers what it was asked. */
import type { Api, RunInput } from "../src/api.ts";
import { createApi } from "../src/api.ts";
import type { Agent } from "../src/payloads.ts";
import { bodyOf, encoded } from "./bytes.ts";

export const AGUI: Agent = { name: "hello", title: "Hello", description: "", protocol: "AGUI" };
export const HTTP: Agent = { ...AGUI, name: "plain", protocol: "HTTP" };

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly input: RunInput | null;
}

export interface Script {
  readonly api: Api;
  readonly asked: readonly Asked[];
  readonly ended: readonly string[];
}

export type Answer = (asked: Asked, signal: AbortSignal) => Response | Promise<Response>;

/** The n-th call gets the n-th answer; calls to stop a turn and beyond the script get a 204. */
export function scripted(...answers: readonly Answer[]): Script {
  const asked: Asked[] = [];
  const ended: string[] = [];
  const left = [...answers];
  const api = createApi({
    fetch: async (path, init) => {
      const input = init.body === undefined ? null : (JSON.parse(String(init.body)) as RunInput);
      const call = { method: String(init.method), path, headers: new Headers(init.headers), input };
      asked.push(call);
      const answer = path.endsWith("/stop") ? undefined : left.shift();
      const signal = init.signal ?? new AbortController().signal;
      return answer === undefined ? new Response(null, { status: 204 }) : answer(call, signal);
    },
    now: () => 0,
    onSessionEnded: (problem) => ended.push(problem.code),
  });
  return { api, asked, ended };
}

/** The answer where no turn goes on. */
export const none = (): Response => new Response(null, { status: 204 });

/** A connection that is taken, and over which nothing ever comes. */
export const silent = (_: unknown, signal: AbortSignal): Promise<Response> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });

/** What a portal, a proxy or a balancer answers. */
export const page = (status: number): Response =>
  new Response("<html>", { status, headers: { "Content-Type": "text/html; charset=utf-8" } });

/** What fetch does without a network. */
export const offline = (): never => {
  throw new TypeError("Failed to fetch");
};

/** A stream of `frames`, complete or cut off by the network. */
export function stream(
  frames: readonly string[],
  { broken = false, chatId = "c1" } = {},
): Response {
  return new Response(bodyOf(frames.map(encoded), broken), {
    headers: { "Content-Type": "text/event-stream", "Chat-Id": chatId },
  });
}

/** A stream that sends `frames` and then hangs until it is given up. */
export function hanging(frames: readonly string[], signal: AbortSignal): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const frame of frames) controller.enqueue(encoded(frame));
      signal.addEventListener("abort", () => controller.error(signal.reason));
    },
  });
  return new Response(body, {
    headers: { "Content-Type": "text/event-stream", "Chat-Id": "c1" },
  });
}

export const frame = (event: object, id?: number): string =>
  `${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(event)}\n\n`;

/** The first event of a turn, with the question that the server tells. */
export const opening = (question: string, event: object): string =>
  `id: 1\nasked: ${JSON.stringify(question)}\ndata: ${JSON.stringify(event)}\n\n`;

/** How the server begins a stream: where it stands, and nothing yet. */
export const preamble = (id: number): string => `retry: 1000\nid: ${id}\n\n`;

export const errorFrame = (code: string, status?: number): string =>
  `event: error\ndata: ${JSON.stringify({ code, status, title: "T", request_id: "r-9" })}\n\n`;
