// AG-UI's own client (`HttpAgent`), led by a test: one order per line of stdin, as JSON, and on
// stdout one line for each event that the client let through, and one for how its run ended.
import { createInterface } from "node:readline";
import { HttpAgent } from "@ag-ui/client";

const LONGEST_MS = 8_000;

// It says failures there, too, and stdout is the test's.
console.error = console.warn = () => {};

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/**
 * What a page does that comes back to a broken stream: the client sees one body, never the tear.
 * The line tears in the middle of each of the events `tears`, counted over all connections.
 */
const comingBack = (origin, headers, tears) => async (url, init) => {
  const first = await fetch(url, init);
  if (!first.ok) return first;
  const stream = `${origin}/api/chats/${first.headers.get("chat-id")}/stream`;
  async function* blocks() {
    let last = "";
    let seen = 0;
    let answer = first;
    while (answer.status === 200) {
      const decoder = new TextDecoder();
      let held = "";
      tearing: for await (const chunk of answer.body) {
        held += decoder.decode(chunk, { stream: true });
        for (let end = held.indexOf("\n\n"); end >= 0; end = held.indexOf("\n\n")) {
          const block = held.slice(0, end + 2);
          held = held.slice(end + 2);
          if (block.includes("data: ") && tears.includes(++seen)) break tearing;
          last = /^id: (.*)$/m.exec(block)?.[1] ?? last;
          yield new TextEncoder().encode(block);
        }
      }
      answer = await fetch(stream, { headers: { ...headers, "Last-Event-ID": last } });
    }
  }
  return new Response(ReadableStream.from(blocks()), { status: 200, headers: first.headers });
};

/** An agent whose run is looked at again: the client's own request, but for method and body. */
class Watching extends HttpAgent {
  requestInit(input) {
    const { body: _, ...rest } = super.requestInit(input);
    return { ...rest, method: "GET" };
  }
}

async function run({ number, origin, path, headers, watches, tears }) {
  const Agent = watches ? Watching : HttpAgent;
  const agent = new Agent({
    url: origin + path,
    headers,
    threadId: "thread",
    initialMessages: [{ id: "1", role: "user", content: "hi" }],
    ...(tears ? { fetch: comingBack(origin, headers, tears) } : {}),
  });
  const timer = setTimeout(() => agent.abortController.abort(new Error("hung")), LONGEST_MS);
  try {
    await agent.runAgent(
      { runId: "run" },
      {
        onEvent: ({ event }) => {
          const { rawEvent: _, ...told } = event;
          say({ number, event: told });
        },
      },
    );
    say({ number, end: "resolved", messages: agent.messages });
  } catch (error) {
    const { name, message, status, code, payload } = error;
    const told = { name, message, status, code, payload };
    say({ number, end: "rejected", error: told, messages: agent.messages });
  } finally {
    clearTimeout(timer);
  }
}

for await (const order of createInterface({ input: process.stdin })) await run(JSON.parse(order));
