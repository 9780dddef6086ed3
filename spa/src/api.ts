/**
 * Every call to the server, in one place: same-origin cookie, the CSRF header, problem details as
 * typed errors, and the one path for "nobody is logged in any more".
 */
import type { Message } from "@ag-ui/core";
import { parsedJson } from "./agui.ts";
import type { Agent, ChatEntry, Person, SessionEntry } from "./payloads.ts";
import { readAgents, readChats, readRedirect, readSession, readSessions } from "./payloads.ts";
import { ApiError, NETWORK, localProblem, readProblem } from "./problem.ts";
import type { Problem } from "./problem.ts";

/**
 * How long a call may take that answers at once, in milliseconds; of a stream that is taken up
 * again, its head: from then on it is watched elsewhere. An agent may take its time for its own.
 */
export const CALL_TIMEOUT_MS = 20_000;

/** What an agent is asked (AG-UI RunAgentInput). `prompt` is for agents of protocol HTTP. */
export interface RunInput {
  readonly threadId: string;
  readonly runId: string;
  readonly messages: readonly Message[];
  readonly tools: readonly [];
  readonly context: readonly [];
  readonly state: Readonly<Record<string, never>>;
  readonly forwardedProps: Readonly<Record<string, never>>;
  readonly prompt?: string;
}

/** The answer to a client that has seen everything, or asks for a turn where none goes on. */
export const NOTHING_MORE = 204;

export const isStream = (response: Response): boolean =>
  response.headers.get("Content-Type")?.startsWith("text/event-stream") ?? false;

export interface Api {
  session(): Promise<Person | null>;
  agents(): Promise<readonly Agent[]>;
  chats(): Promise<readonly ChatEntry[]>;
  forget(chatId: string): Promise<void>;
  stop(chatId: string): Promise<void>;
  logOut(): Promise<string | null>;
  sessions(): Promise<readonly SessionEntry[]>;
  endSession(id: string): Promise<void>;
  endOtherSessions(): Promise<void>;
  /** The agent's answer, still streaming. `chatId` continues a chat, null begins one. */
  invoke(agent: string, chatId: string | null, input: RunInput, s: AbortSignal): Promise<Response>;
  /** The same of an AG-UI agent that is asked nothing: its head comes soon, or not at all. */
  recall(agent: string, chatId: string | null, input: RunInput, s: AbortSignal): Promise<Response>;
  /** The rest of a stream that broke after the event `lastEventId`. */
  resume(chatId: string, lastEventId: string, signal: AbortSignal): Promise<Response>;
  /** The turn that goes on in a chat, from its beginning; a 204 if none does. */
  running(chatId: string, signal: AbortSignal): Promise<Response>;
  /** The newest turn of a chat, over or not, from its beginning. */
  newest(chatId: string, signal: AbortSignal): Promise<Response>;
  /** A stream brought the news that the session is over. */
  sessionEnded(problem: Problem): void;
}

export interface ApiPorts {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called whenever the server says that nobody is logged in any more. */
  readonly onSessionEnded: (problem: Problem) => void;
}

type Call = (method: string, path: string, init?: RequestInit) => Promise<Response>;

export function createApi(ports: ApiPorts): Api {
  const call = caller(ports);
  const json = async (method: string, path: string): Promise<unknown> =>
    bodyOf(await call(method, path));
  const invoke: Api["invoke"] = async (agent, chatId, input, signal) =>
    inItsChat(
      await call("POST", `/api/agents/${encodeURIComponent(agent)}/invocations`, {
        body: JSON.stringify(input),
        headers: {
          Accept: "text/event-stream",
          "Content-Type": "application/json",
          // The browser itself repeats a request whose connection broke before an answer began.
          "Idempotency-Key": input.runId,
          ...(chatId === null ? {} : { "Chat-Id": chatId }),
        },
        signal,
      }),
    );
  const follow = async (path: string, signal: AbortSignal, position = {}): Promise<Response> =>
    followed(
      await headOf(signal, (within) =>
        call("GET", path, {
          headers: { Accept: "text/event-stream", ...position },
          signal: within,
        }),
      ),
    );

  return {
    session: async () => readSession(await json("GET", "/auth/session")),
    agents: async () => readAgents(await json("GET", "/api/agents")),
    chats: async () => readChats(await json("GET", "/api/chats")),
    forget: async (id) => void (await call("DELETE", `/api/chats/${encodeURIComponent(id)}`)),
    stop: async (id) => void (await call("POST", `/api/chats/${encodeURIComponent(id)}/stop`)),
    logOut: async () => readRedirect(await json("POST", "/auth/logout")),
    sessions: async () => readSessions(await json("GET", "/auth/sessions")),
    endSession: async (id) =>
      void (await call("DELETE", `/auth/sessions/${encodeURIComponent(id)}`)),
    endOtherSessions: async () => void (await call("DELETE", "/auth/sessions")),
    invoke,
    recall: (agent, chatId, input, signal) =>
      headOf(signal, (within) => invoke(agent, chatId, input, within)),
    resume: (chatId, lastEventId, signal) =>
      follow(streamOf(chatId), signal, { "Last-Event-ID": lastEventId }),
    running: (chatId, signal) => follow(`${streamOf(chatId)}?turn=running`, signal),
    newest: (chatId, signal) => follow(streamOf(chatId), signal),
    sessionEnded: ports.onSessionEnded,
  };
}

const streamOf = (chatId: string): string => `/api/chats/${encodeURIComponent(chatId)}/stream`;

/** A call with the cookie and the CSRF header; every refusal is a typed error. */
function caller({ fetch, now, onSessionEnded }: ApiPorts): Call {
  return async (method, path, init = {}) => {
    const response = await reach(() =>
      fetch(path, {
        method,
        credentials: "same-origin",
        cache: "no-store",
        // An API that redirects is not ours: a login page must never pass for an answer.
        redirect: "error",
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
        ...init,
        headers: { "X-CSRF": "1", Accept: "application/json", ...init.headers },
      }),
    );
    if (response.ok) return ours(response);
    const problem = readProblem(parsedJson(await textOf(response)), {
      status: response.status,
      retryAfter: response.headers.get("Retry-After"),
      now: now(),
    });
    if (problem.status === 401) onSessionEnded(problem);
    throw new ApiError(problem, response.headers.get("Chat-Id"));
  };
}

/**
 * Gatehouse's own answers are never pages, and what agents answer has a chat: any other page is a
 * portal's or a proxy's, and the call has perhaps not come through. Raises ApiError.
 */
function ours(response: Response): Response {
  const isPage = response.headers.get("Content-Type")?.startsWith("text/html") ?? false;
  if (!isPage || response.headers.has("Chat-Id")) return response;
  throw foreign();
}

const foreign = (): ApiError =>
  new ApiError(localProblem(NETWORK, "Something else answered in Gatehouse's place."));

/**
 * A stream's head, in CALL_TIMEOUT_MS: on a line that is half open nothing comes any more, and
 * nothing says so. Its body may take for as long as `signal` allows.
 */
async function headOf(
  signal: AbortSignal,
  ask: (within: AbortSignal) => Promise<Response>,
): Promise<Response> {
  const late = new AbortController();
  const giveUp = (): void => late.abort(new DOMException("no answer", "TimeoutError"));
  const timer = setTimeout(giveUp, CALL_TIMEOUT_MS);
  try {
    return await ask(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What an agent answers has a chat. Raises ApiError: anything else is a portal's, or a head that
 * broke off, which browsers take for a whole one.
 */
function inItsChat(response: Response): Response {
  if (response.headers.has("Chat-Id")) return response;
  throw foreign();
}

/** Whoever follows a turn gets a stream or a 204. Raises ApiError: anything else is a portal's. */
function followed(response: Response): Response {
  if (isStream(response) || response.status === NOTHING_MORE) return response;
  throw foreign();
}

/** What `fetch` throws says nothing a person could use; an abort stays what it is. */
async function reach<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(localProblem(NETWORK, "Gatehouse could not be reached."));
  }
}

/** The answer as JSON, as all of Gatehouse's own are. Raises ApiError. */
async function bodyOf(response: Response): Promise<unknown> {
  const body = parsedJson(await textOf(response));
  if (body === undefined) throw foreign();
  return body;
}

/** The whole body. Raises ApiError: one that broke off is as good as none. */
const textOf = (response: Response): Promise<string> => reach(() => response.text());

export const isAbort = (error: unknown): boolean =>
  error instanceof Error && error.name === "AbortError";
