import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EventParser } from "../src/events.ts";
import type { ServerEvent } from "../src/events.ts";
import { encoded, seeded, sliced } from "./bytes.ts";

function parsed(...chunks: readonly Uint8Array[]): readonly ServerEvent[] {
  const parser = new EventParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

const message = (data: string, id = "", name = "message"): ServerEvent => ({ name, data, id });

/** Every rule of the grammar in one stream, with characters of one to four bytes. */
const EVERYTHING =
  "\uFEFF: comment\n\ndata: one\n\n" +
  "event: greeting\rid: 7\rdata: zwei\rdata:  drei\r\r" +
  "data: naïve €5 \u{1F309}\r\ndata\r\n\r\n" +
  'id: a\0b\nretry: 10\nunknown: field\ndata:{"a":1}\n\n' +
  ": heartbeat\n\nevent: only a name\n\nid\ndata: no id\n\ndata: never finished";

const EXPECTED: readonly ServerEvent[] = [
  message("one"),
  message("zwei\n drei", "7", "greeting"),
  message("naïve €5 \u{1F309}\n", "7"),
  message('{"a":1}', "7"),
  message("no id", ""),
];

describe("an event stream (WHATWG HTML §9.2.6)", () => {
  test("is cut into events", () => {
    assert.deepEqual(parsed(encoded(EVERYTHING)), EXPECTED);
  });

  test("tells the question that stands before an event, and before no other", () => {
    const stream = 'asked: "a"\n\nasked: "b"\ndata: 1\n\ndata: 2\n\n';

    assert.deepEqual(parsed(encoded(stream)), [{ ...message("1"), asked: '"b"' }, message("2")]);
  });

  test("gives the same events however its bytes are sliced in two", () => {
    const bytes = encoded(EVERYTHING);
    for (let at = 0; at <= bytes.length; at += 1) {
      assert.deepEqual(parsed(bytes.subarray(0, at), bytes.subarray(at)), EXPECTED, `cut at ${at}`);
    }
  });

  test("gives the same events byte by byte and in random slices", () => {
    const bytes = encoded(EVERYTHING);
    for (let seed = 0; seed < 300; seed += 1) {
      const pieces = sliced(bytes, seeded(seed), 1 + (seed % 9));
      assert.deepEqual(parsed(...pieces), EXPECTED, `seed ${seed}`);
    }
  });

  for (const [name, newline] of [
    ["LF", "\n"],
    ["CR", "\r"],
    ["CRLF", "\r\n"],
  ] as const) {
    test(`may end its lines with ${name}`, () => {
      const text = ["event: a", "data: 1", "", "data: 2", "", ""].join(newline);

      assert.deepEqual(parsed(encoded(text)), [message("1", "", "a"), message("2")]);
    });
  }

  test("dispatches an empty data line, and nothing where there was none", () => {
    assert.deepEqual(parsed(encoded("data\n\nevent: x\n\n")), [message("")]);
  });

  test("takes only one space off a value", () => {
    assert.deepEqual(parsed(encoded("data:  x\n\ndata:y\n\n")), [message(" x"), message("y")]);
  });

  test("stands at the last block that is complete, also one without data", () => {
    const parser = new EventParser();
    const stands = (text: string): string => {
      parser.push(encoded(text));
      return parser.lastEventId;
    };

    assert.equal(stands("retry: 1\nid: 4\n"), "");
    assert.equal(stands("\n"), "4");
    // Whoever took the stream up after 5 would never see what was to come with it.
    assert.equal(stands("id: 5\ndata: half"), "4");
    assert.equal(stands("\n\n"), "5");
  });

  test("keeps the last id until another one comes", () => {
    const events = parsed(encoded("id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\n"));

    assert.deepEqual(
      events.map((event) => event.id),
      ["1", "1", "2"],
    );
  });

  test("replaces bytes that are no UTF-8 instead of failing", () => {
    const bytes = new Uint8Array([...encoded("data: "), 0xff, ...encoded("\n\n")]);

    assert.deepEqual(parsed(bytes), [message("\uFFFD")]);
  });

  test("reads a long line in many small chunks in reasonable time", () => {
    const piece = encoded("x".repeat(1000));
    const chunks = [
      encoded("data: "),
      ...Array.from({ length: 5000 }, () => piece),
      encoded("\n\n"),
    ];

    assert.equal(parsed(...chunks)[0]?.data.length, 5_000_000);
  });
});
