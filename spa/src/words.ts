/** What a failure is called in plain words, and what the person can do about it. */
import {
  BROKEN_OFF,
  LINE_LOST,
  NETWORK,
  PAGE_ERROR,
  STEP_UP,
  UNEXPECTED,
  isForeign,
} from "./problem.ts";
import type { Problem } from "./problem.ts";

export interface Words {
  readonly what: string;
  readonly hint: string;
}

const BY_CODE: Readonly<Record<string, Words>> = {
  [NETWORK]: {
    what: "Gatehouse could not be reached.",
    hint: "Check your connection, then try again.",
  },
  [BROKEN_OFF]: {
    what: "The answer broke off.",
    hint: "The connection ended before the agent had finished. Try again to ask once more.",
  },
  [LINE_LOST]: {
    what: "The connection did not come back.",
    hint: "The agent goes on without this page. Try again to see the rest of its answer.",
  },
  [UNEXPECTED]: {
    what: "The server gave an answer this page does not understand.",
    hint: "Reload the page. If it happens again, tell whoever runs Gatehouse.",
  },
  [PAGE_ERROR]: {
    what: "This page made a mistake.",
    hint: "Reload the page. If it happens again, tell whoever runs Gatehouse.",
  },
  [STEP_UP]: {
    what: "This needs a stronger or a fresher login.",
    hint: "Log in again, then try again.",
  },
  session_revoked: {
    what: "Your session was ended.",
    hint: "Log in again to go on.",
  },
  server_restarting: {
    what: "The server is restarting.",
    hint: "Try again in a moment.",
  },
  provider_unavailable: {
    what: "Your company's login service does not answer.",
    hint: "You are still logged in here. Try again in a moment.",
  },
  too_many_streams: {
    what: "Too many answers are being written for you at once.",
    hint: "Wait for one of them, or stop one.",
  },
  agent_busy: {
    what: "The agent is busy.",
    hint: "",
  },
  chat_busy: {
    what: "The agent is still answering in this chat.",
    hint: "Try again when it has finished.",
  },
  asked_already: {
    what: "The connection broke while you were asking.",
    hint: "The agent has your message. Reload the page for its answer, or try again to ask once more.",
  },
  agent_forbidden: {
    what: "You may not use this agent.",
    hint: "Ask whoever runs Gatehouse in your company to give you access.",
  },
  agent_failed: {
    what: "The agent failed.",
    hint: "Your message was not lost. Try again.",
  },
  turn_lost: {
    what: "The answer was lost.",
    hint: "The server that was writing it down has failed. Try again to ask once more.",
  },
  turn_stopped: {
    what: "This answer was stopped.",
    hint: "It was stopped in another window of yours.",
  },
};

const BY_STATUS: Readonly<Record<number, Words>> = {
  400: { what: "The server did not understand the message.", hint: "Change it and send it again." },
  401: { what: "Your session has ended.", hint: "Log in again to go on." },
  403: { what: "This is not allowed.", hint: "Ask whoever runs Gatehouse in your company." },
  404: { what: "This no longer exists.", hint: "It may have been forgotten in another window." },
  409: { what: "The agent is still busy with this chat.", hint: "Wait a moment, then try again." },
  413: { what: "This message is too long.", hint: "Send it in smaller parts." },
  429: { what: "That was too many requests at once.", hint: "" },
  502: { what: "The agent failed.", hint: "Your message was not lost. Try again." },
  503: { what: "Gatehouse is not available right now.", hint: "You are still logged in." },
  504: { what: "The agent took too long to answer.", hint: "Try again." },
};

/** What stands in between, and says nothing of the agent, of the chat or of the login. */
const IN_ITS_PLACE: Words = {
  what: "Gatehouse could not be reached.",
  hint: "Something on the way to it answered in its place. Try again in a moment.",
};

/** Those statuses by which anybody means what Gatehouse would mean. */
const ANYBODYS: ReadonlySet<number> = new Set([401, 403, 413, 429, 503]);

/** `problem` for a person. What the server or the agent said stands in where we have no words. */
export function inWords(problem: Problem): Words {
  const isElses = isForeign(problem) && !ANYBODYS.has(problem.status);
  const known = BY_CODE[problem.code] ?? (isElses ? IN_ITS_PLACE : BY_STATUS[problem.status]);
  const { what, hint } = known ?? { what: problem.title, hint: "Try again." };
  return { what, hint: `${hint} ${again(problem)}`.trim() };
}

function again({ status, retry_after }: Problem): string {
  if (retry_after !== null) return `Try again in ${waiting(retry_after)}.`;
  return status === 429 ? "Try again in a moment." : "";
}

/** A wait as people say it: "1 second", "40 seconds", "about 3 minutes". */
export function waiting(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole === 1) return "1 second";
  if (whole < 90) return `${whole} seconds`;
  const minutes = Math.ceil(whole / 60);
  return minutes < 90 ? `about ${minutes} minutes` : `about ${Math.ceil(minutes / 60)} hours`;
}
