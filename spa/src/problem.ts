/** Errors of the API: RFC 9457 problem details as a value, and the exception that carries one. */
import { isRecord } from "./agui.ts";

export interface Problem {
  /** The stable name of what went wrong; what follows from it is decided by this alone. */
  readonly code: string;
  /** The HTTP status; 0 when there was no answer at all. */
  readonly status: number;
  readonly title: string;
  /** Joins what the person sees to the server's log. */
  readonly request_id: string | null;
  /** Seconds to wait before trying again. */
  readonly retry_after: number | null;
  /** Where to log in again: always a path of this origin. */
  readonly login_url: string | null;
}

/** A call failed in a way its caller has to tell the person about. */
export class ApiError extends Error {
  readonly problem: Problem;
  /** The chat of which the server spoke, if it did. */
  readonly chatId: string | null;

  constructor(problem: Problem, chatId: string | null = null) {
    super(problem.title);
    this.name = "ApiError";
    this.problem = problem;
    this.chatId = chatId;
  }
}

/** Codes of our own, for what no server could say. */
export const NETWORK = "network";
export const BROKEN_OFF = "broken_off";
export const LINE_LOST = "line_lost";
export const UNEXPECTED = "unexpected_answer";
export const PAGE_ERROR = "page_error";

/** The server's 401 for somebody who is logged in, but not well enough for what they asked. */
export const STEP_UP = "insufficient_user_authentication";

/** A problem that was found here, not sent by the server. */
export function localProblem(code: string, title: string): Problem {
  return { code, status: 0, title, request_id: null, retry_after: null, login_url: null };
}

/**
 * Whether this is no word of Gatehouse's own, which has codes for all it says: a balancer, a proxy
 * or a portal in between has answered, and nobody knows how far the call came.
 */
export const isForeign = ({ code, status }: Problem): boolean => code === `http_${status}`;

/** Whether the call may have got through all the same: what it asked for is done, or is not. */
export const isDoubtful = (problem: Problem): boolean =>
  problem.code === NETWORK || problem.code === BROKEN_OFF || isForeign(problem);

/** The longest that a server may have this page wait before it comes back, in milliseconds. */
export const ASKED_MS = 120_000;

/** What a Retry-After comes to in milliseconds, within bounds: its date may be by another clock. */
export const askedPause = ({ retry_after }: Problem): number =>
  Math.min((retry_after ?? 0) * 1000, ASKED_MS);

/** Any failure as a problem. What is no ApiError is a mistake of this page: the console has it. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  reportError(error);
  return localProblem(PAGE_ERROR, "This page made a mistake.");
}

/** Read a problem body, whatever it may hold. `retryAfter` is the header of that name. */
export function readProblem(
  raw: unknown,
  { status, retryAfter, now }: { status: number; retryAfter: string | null; now: number },
): Problem {
  const body = isRecord(raw) ? raw : {};
  return {
    code: text(body["code"]) ?? `http_${status}`,
    status,
    title: text(body["title"]) ?? "Something went wrong.",
    request_id: text(body["request_id"]),
    retry_after: seconds(retryAfter, now) ?? number(body["retry_after"]),
    login_url: ownPath(body["login_url"]),
  };
}

/** Retry-After in seconds: a count or an HTTP date (RFC 9110 §10.2.3). `now` in milliseconds. */
export function seconds(header: string | null, now: number): number | null {
  if (header === null || header.trim() === "") return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  // `Date.parse` makes a date of nearly anything; an HTTP date begins with its weekday.
  const at = /^[A-Za-z]{3,9},? /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now) / 1000));
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

/** Only a path of this site: "//evil.example" and "/\evil.example" are hosts to a browser. */
function ownPath(value: unknown): string | null {
  return typeof value === "string" && /^\/(?![/\\])/.test(value) ? value : null;
}
