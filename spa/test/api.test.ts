import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Api, RunInput } from "../src/api.ts";
import { createApi } from "../src/api.ts";
import type { Problem } from "../src/problem.ts";
import { ApiError, LINE_LOST, NETWORK, localProblem, readProblem, seconds } from "../src/problem.ts";
import { inWords, waiting } from "../src/words.ts";
import { bodyOf, encoded } from "./bytes.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");

interface Server {
  readonly api: Api;
  readonly calls: readonly { readonly path: string; readonly init: RequestInit }[];
  readonly ended: readonly Problem[];
}

/** An API whose server gives `answer` to every call, and what reached that server. */
function server(answer: () => Response | Promise<Response>): Server {
  const calls: { path: string; init: RequestInit }[] = [];
  const ended: Problem[] = [];
  const api = createApi({
    fetch: async (path, init) => {
      calls.push({ path, init });
      return answer();
    },
    now: () => NOW,
    onSessionEnded: (problem) => ended.push(problem),
  });
  return { api, calls, ended };
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers });

async function problemIn(failing: Promise<unknown>): Promise<Problem> {
  try {
    await failing;
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    return error.problem;
  }
  throw new Error("nothing failed");
}

const INPUT: RunInput = {
  threadId: "t",
  runId: "r",
  messages: [],
  tools: [],
  context: [],
  state: {},
  forwardedProps: {},
};

describe("every call", () => {
  const none = new Response(null, { status: 204 });
  const calls: readonly (readonly [string, string, (api: Api) => Promise<unknown>, unknown])[] = [
    ["GET", "/auth/session", (api) => api.session(), { authenticated: false }],
    ["GET", "/api/agents", (api) => api.agents(), { agents: [] }],
    ["GET", "/api/chats", (api) => api.chats(), { chats: [] }],
    ["DELETE", "/api/chats/a%2Fb", (api) => api.forget("a/b"), {}],
    ["POST", "/api/chats/a%2Fb/stop", (api) => api.stop("a/b"), {}],
    ["GET", "/auth/sessions", (api) => api.sessions(), { sessions: [] }],
    ["DELETE", "/auth/sessions/a%2Fb", (api) => api.endSession("a/b"), {}],
    ["DELETE", "/auth/sessions", (api) => api.endOtherSessions(), {}],
    ["POST", "/auth/logout", (api) => api.logOut(), { redirect: null }],
    [
      "POST",
      "/api/agents/hello/invocations",
      (api) => api.invoke("hello", null, INPUT, new AbortController().signal),
      new Response("{}", { headers: { "Chat-Id": "c1" } }),
    ],
    [
      "GET",
      "/api/chats/c1/stream",
      (api) => api.resume("c1", "7", new AbortController().signal),
      none,
    ],
  ];
  for (const [method, path, act, answer] of calls) {
    test(`${method} ${path} carries the CSRF header and only same-origin cookies`, async () => {
      const { api, calls: seen } = server(() => (answer instanceof Response ? answer : json(answer)));
      await act(api);

      assert.equal(seen[0]?.path, path);
      assert.equal(seen[0]?.init.method, method);
      assert.equal(seen[0]?.init.credentials, "same-origin");
      assert.equal(seen[0]?.init.redirect, "error");
      assert.equal(new Headers(seen[0]?.init.headers).get("X-CSRF"), "1");
      assert.ok(seen[0]?.init.signal);
    });
  }

  test("names the chat it continues, and takes an event stream", async () => {
    const { api, calls: seen } = server(() => json({}, 200, { "Chat-Id": "c1" }));
    await api.invoke("hello", "c1", INPUT, new AbortController().signal);

    const headers = new Headers(seen[0]?.init.headers);
    assert.equal(headers.get("Chat-Id"), "c1");
    assert.equal(headers.get("Accept"), "text/event-stream");
    assert.deepEqual(JSON.parse(String(seen[0]?.init.body)), INPUT);
  });

  test("that begins a chat names none", async () => {
    const { api, calls: seen } = server(() => json({}, 200, { "Chat-Id": "c1" }));
    await api.invoke("hello", null, INPUT, new AbortController().signal);

    assert.equal(new Headers(seen[0]?.init.headers).has("Chat-Id"), false);
  });
});

describe("a refusal", () => {
  const body = { code: "too_many_streams", title: "Too many", status: 429, request_id: "r-1" };

  test("is a problem with its code, status and request id", async () => {
    const problem = await problemIn(
      server(() => json(body, 429, { "Retry-After": "30" })).api.chats(),
    );

    assert.deepEqual(problem, {
      code: "too_many_streams",
      status: 429,
      title: "Too many",
      request_id: "r-1",
      retry_after: 30,
      login_url: null,
    });
  });

  test("with 401 ends the session, once, and is still an error", async () => {
    const { api, ended } = server(() =>
      json({ code: "session_required", login_url: "/auth/login" }, 401),
    );
    const problem = await problemIn(api.chats());

    assert.equal(problem.status, 401);
    assert.deepEqual(
      ended.map((told) => told.login_url),
      ["/auth/login"],
    );
  });

  test("with any other status does not end the session", async () => {
    for (const status of [400, 403, 404, 409, 429, 500, 502, 503, 504]) {
      const { api, ended } = server(() => json(body, status));
      await problemIn(api.chats());

      assert.deepEqual(ended, [], String(status));
    }
  });

  test("without a usable body still says its status", async () => {
    for (const text of ["<html>Bad gateway</html>", "", "null", "[1]", '{"code":5}']) {
      const problem = await problemIn(
        server(() => new Response(text, { status: 502 })).api.chats(),
      );

      assert.equal(problem.code, "http_502", text);
      assert.equal(problem.status, 502);
    }
  });

  test("can only send people to a login page of this site", () => {
    const given = { status: 401, retryAfter: null, now: NOW };
    for (const login of ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:1", 7]) {
      assert.equal(readProblem({ login_url: login }, given).login_url, null, String(login));
    }
    assert.equal(readProblem({ login_url: "/auth/login" }, given).login_url, "/auth/login");
  });
});

describe("no answer", () => {
  test("is told as a network failure", async () => {
    const { api, ended } = server(() => Promise.reject(new TypeError("Failed to fetch")));
    const problem = await problemIn(api.chats());

    assert.equal(problem.code, "network");
    assert.equal(problem.status, 0);
    assert.deepEqual(ended, []);
  });

  test("in time is told as a network failure", async () => {
    const late = new DOMException("signal timed out", "TimeoutError");

    assert.equal((await problemIn(server(() => Promise.reject(late)).api.chats())).code, "network");
  });

  test("to a call that was given up stays an abort", async () => {
    const abort = new DOMException("aborted", "AbortError");

    await assert.rejects(server(() => Promise.reject(abort)).api.chats(), { name: "AbortError" });
  });

  test("that is whole is told as a network failure", async () => {
    for (const text of ["", "<html>", '{"chats":[']) {
      const problem = await problemIn(server(() => new Response(text)).api.chats());

      assert.equal(problem.code, "network", text);
    }
  });

  test("whose refusal broke off is told as a network failure, since it may have been any", async () => {
    for (const status of [409, 502]) {
      const torn = () => new Response(bodyOf([encoded('{"code":"asked_')], true), { status });

      assert.equal((await problemIn(server(torn).api.chats())).code, "network", String(status));
    }
  });

  test("of an agent's is what has no chat: the head broke off, or it is a portal's", async () => {
    const { signal } = new AbortController();
    for (const headers of [{}, { "Content-Type": "text/event-stream" }]) {
      const { api } = server(() => new Response("", { headers }));

      assert.equal((await problemIn(api.invoke("hello", null, INPUT, signal))).code, "network");
    }
  });

  test("of the expected form is told as such", async () => {
    for (const body of [[], null, {}, { agents: {} }, { agents: [{}] }, { agents: ["x"] }]) {
      const problem = await problemIn(server(() => json(body)).api.agents());

      assert.equal(problem.code, "unexpected_answer", JSON.stringify(body));
    }
  });
});

describe("the session", () => {
  const whole = {
    authenticated: true,
    user: { sub: "alice", name: "Alice Archer", email: "alice@acme.test" },
    tenant: { id: "acme", name: "Acme Corporation" },
  };

  test("names the person and the tenant", async () => {
    assert.deepEqual(await server(() => json(whole)).api.session(), {
      sub: "alice",
      name: "Alice Archer",
      tenantId: "acme",
      tenantName: "Acme Corporation",
    });
  });

  test("does without names", async () => {
    const bare = {
      authenticated: true,
      user: { sub: "alice", name: null },
      tenant: { id: "acme" },
    };
    const person = await server(() => json(bare)).api.session();

    assert.equal(person?.name, "alice");
    assert.equal(person?.tenantName, "acme");
  });

  test("is nobody's only when the server says so", async () => {
    assert.equal(await server(() => json({ authenticated: false })).api.session(), null);
    assert.equal((await problemIn(server(() => json({})).api.session())).code, "unexpected_answer");
  });
});

describe("logging out", () => {
  for (const [redirect, expected] of [
    ["https://login.test/end?x=1", "https://login.test/end?x=1"],
    ["http://127.0.0.1:9400/session/end", "http://127.0.0.1:9400/session/end"],
    [null, null],
    ["javascript:alert(1)", null],
    ["data:text/html,x", null],
  ] as const) {
    test(`leads to ${expected ?? "nowhere"} for ${redirect}`, async () => {
      assert.equal(await server(() => json({ redirect })).api.logOut(), expected);
    });
  }
});

describe("plain words", () => {
  const problem = (code: string, status: number, retry_after: number | null = null): Problem => ({
    ...localProblem(code, ""),
    status,
    title: "As the server said it",
    retry_after,
  });

  test("say when to try again", () => {
    assert.equal(inWords(problem("unheard_of", 429, 30)).hint, "Try again in 30 seconds.");
    assert.equal(inWords(problem("x", 429)).hint, "Try again in a moment.");
    assert.match(inWords(problem("x", 503, 200)).hint, /about 4 minutes/);
  });

  test("are found by code first, then by status, then taken from the server", () => {
    assert.match(inWords(problem("agent_forbidden", 403)).what, /may not use this agent/);
    assert.match(inWords(problem("unheard_of", 403)).what, /not allowed/);
    assert.match(inWords(problem("insufficient_user_authentication", 401)).what, /stronger/);
    assert.equal(inWords(problem("unheard_of", 418)).what, "As the server said it");
  });

  test("blame neither the agent nor the chat for what something in between said", () => {
    for (const status of [404, 502, 504, 511]) {
      assert.match(inWords(problem(`http_${status}`, status)).hint, /answered in its place/);
    }
    assert.match(inWords(problem("agent_unreachable", 502)).what, /The agent failed/);
    assert.match(inWords(problem("http_503", 503)).what, /not available/);
  });

  test("exist for a lost network", () => {
    assert.match(inWords(localProblem(NETWORK, "")).what, /could not be reached/);
    assert.match(inWords(localProblem(LINE_LOST, "")).hint, /goes on without this page/);
  });

  test("round waits up", () => {
    assert.deepEqual([0, 1, 30.2, 89, 91, 7200].map(waiting), [
      "1 second",
      "1 second",
      "31 seconds",
      "89 seconds",
      "about 2 minutes",
      "about 2 hours",
    ]);
  });
});

describe("Retry-After (RFC 9110 §10.2.3)", () => {
  for (const [header, expected] of [
    ["120", 120],
    ["Sat, 21 Nov 2026 12:01:00 GMT", 60],
    ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
    ["soon", null],
    ["-5", null],
    ["", null],
    [null, null],
  ] as const) {
    test(`"${header}" is ${expected}`, () => assert.equal(seconds(header, NOW), expected));
  }
});
