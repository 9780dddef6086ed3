/** The API's JSON answers, checked once and then trusted. Each reader raises ApiError. */
import { isRecord } from "./agui.ts";
import { ApiError, UNEXPECTED, localProblem } from "./problem.ts";

export interface Person {
  readonly sub: string;
  readonly name: string;
  readonly tenantId: string;
  readonly tenantName: string;
}

export interface Agent {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly protocol: "AGUI" | "HTTP";
}

/** One line of the list of chats. Times are seconds since the epoch. */
export interface ChatEntry {
  readonly id: string;
  readonly agent: string;
  readonly title: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** One login of the person's. Times are seconds since the epoch. */
export interface SessionEntry {
  readonly id: string;
  readonly device: string;
  readonly lastSeenAt: number;
  /** Whether it is the login of this browser. */
  readonly current: boolean;
}

/** Who is logged in, or null for nobody. */
export function readSession(raw: unknown): Person | null {
  const body = record(raw);
  if (body["authenticated"] === false) return null;
  if (body["authenticated"] !== true) throw unexpected();
  const user = record(body["user"]);
  const tenant = record(body["tenant"]);
  const sub = text(user["sub"]);
  const tenantId = text(tenant["id"]);
  return {
    sub,
    name: filled(user["name"]) ?? filled(user["email"]) ?? sub,
    tenantId,
    tenantName: filled(tenant["name"]) ?? tenantId,
  };
}

export function readAgents(raw: unknown): readonly Agent[] {
  return list(record(raw)["agents"]).map((item) => {
    const name = text(item["name"]);
    return {
      name,
      title: filled(item["title"]) ?? name,
      description: filled(item["description"]) ?? "",
      protocol: item["protocol"] === "HTTP" ? "HTTP" : "AGUI",
    };
  });
}

export function readChats(raw: unknown): readonly ChatEntry[] {
  return list(record(raw)["chats"]).map((item) => ({
    id: text(item["id"]),
    agent: text(item["agent"]),
    title: filled(item["title"]) ?? "",
    createdAt: Number(item["created_at"]) || 0,
    updatedAt: Number(item["updated_at"]) || 0,
  }));
}

export function readSessions(raw: unknown): readonly SessionEntry[] {
  return list(record(raw)["sessions"]).map((item) => ({
    id: text(item["id"]),
    device: filled(item["device"]) ?? "Unknown device",
    lastSeenAt: Number(item["last_seen_at"]) || 0,
    current: item["current"] === true,
  }));
}

/** Where logout leads: the provider's page, or null when there is none to visit. */
export function readRedirect(raw: unknown): string | null {
  const target = filled(record(raw)["redirect"]);
  return target !== null && /^https?:\/\//i.test(target) ? target : null;
}

const unexpected = (): ApiError =>
  new ApiError(localProblem(UNEXPECTED, "The server's answer has an unexpected form."));

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw unexpected();
  return value;
}

function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) throw unexpected();
  return value.map(record);
}

function text(value: unknown): string {
  const found = filled(value);
  if (found === null) throw unexpected();
  return found;
}

function filled(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}
