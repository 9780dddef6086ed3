// A reader of event streams that people use, led by a test: one order, as JSON, is its argument. On
// stdout there is one line for each request, each event, and for how the reader came to its end.
import { fetchEventSource } from "@microsoft/fetch-event-source";
import { EventSource } from "eventsource";

const order = JSON.parse(process.argv[2]);

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/**
 * What a reader fetches by. Of each answer that is a stream the line tears behind one of the texts
 * `tears`; nobody has time to wait for `retry: 1000`.
 */
async function fetching(url, init) {
  const answer = await fetch(url, { ...init, headers: { ...init.headers, ...order.headers } });
  say({ status: answer.status });
  if (answer.status !== 200) return answer;
  const tear = order.tears.shift();
  async function* pieces() {
    const decoder = new TextDecoder();
    let seen = "";
    for await (const chunk of answer.body) {
      const before = seen.length;
      seen += decoder.decode(chunk, { stream: true }).replace("retry: 1000", "retry: 10");
      const at = tear === undefined ? -1 : seen.indexOf(tear);
      yield new TextEncoder().encode(seen.slice(before, at < 0 ? undefined : at + tear.length));
      if (at >= 0) throw new TypeError("torn");
    }
  }
  return new Response(ReadableStream.from(pieces()), { status: 200, headers: answer.headers });
}

const readers = {
  eventsource: () =>
    new Promise((resolve) => {
      const source = new EventSource(order.url, { fetch: fetching });
      const told = ({ type, data }) => say({ type, data });
      source.addEventListener("message", told);
      source.addEventListener("error", (event) => {
        if ("data" in event) told(event);
        else if (source.readyState === source.CLOSED) resolve();
      });
    }),

  // As docs/streams.md has it used: by itself, it takes no status for an answer.
  "fetch-event-source": () =>
    fetchEventSource(order.url, {
      method: order.method,
      body: order.body,
      openWhenHidden: true,
      fetch: fetching,
      onopen: async ({ status }) => {
        if (status !== 200) throw Object.assign(new Error("refused"), { status });
      },
      onmessage: ({ event, data }) => data && say({ type: event || "message", data }),
      onerror: (error) => {
        if (error.status) throw error;
      },
    }).catch(() => {}),
};

// What fetch-event-source takes for granted of a page.
globalThis.window = globalThis;
globalThis.document = { removeEventListener() {} };

await readers[order.reader]();
say({ end: true });
process.exit(0);
