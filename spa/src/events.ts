/**
 * Server-sent events, read from bytes (WHATWG HTML §9.2.5 and §9.2.6).
 *
 * `EventSource` cannot POST or send headers, so the stream comes from `fetch` and is cut here.
 * No I/O in this file: bytes in, events out, however the network happened to slice them.
 */

/** One dispatched event. `name` is "message" unless the stream said otherwise. */
export interface ServerEvent {
  readonly name: string;
  readonly data: string;
  /** The last event id in force when the event was dispatched; "" when none was ever sent. */
  readonly id: string;
  /** What the person asked, as JSON: the server's own field, before the first event of a turn. */
  readonly asked?: string;
}

const END_OF_LINE = /\r\n|\r|\n/g;

/** Cuts one stream into events. Feed it chunks in order; what is incomplete waits for the next. */
export class EventParser {
  /**
   * Where the stream stands: the id of the last block that is complete, one without data included.
   * An id whose event has not come is not it: taking the stream up there would lose the event.
   */
  lastEventId = "";
  /** Keeps a character split over two chunks, and drops a leading byte order mark. */
  readonly #decoder = new TextDecoder("utf-8");
  #partialLine = "";
  #sawCarriageReturn = false;
  #name = "";
  #data: string[] = [];
  #id = "";
  #asked: string | null = null;

  /** The events this chunk completes, in order. An event cut off by the end is never dispatched. */
  push(chunk: Uint8Array): readonly ServerEvent[] {
    const events: ServerEvent[] = [];
    const text = this.#withoutSplitNewline(this.#decoder.decode(chunk, { stream: true }));
    let start = 0;
    for (const end of text.matchAll(END_OF_LINE)) {
      this.#line(this.#partialLine + text.slice(start, end.index), events);
      this.#partialLine = "";
      start = end.index + end[0].length;
    }
    this.#partialLine += text.slice(start);
    return events;
  }

  /** A CR that ended the last chunk has ended its line already: an LF after it belongs to it. */
  #withoutSplitNewline(text: string): string {
    if (text === "") return text;
    const rest = this.#sawCarriageReturn && text.startsWith("\n") ? text.slice(1) : text;
    this.#sawCarriageReturn = text.endsWith("\r");
    return rest;
  }

  #line(line: string, events: ServerEvent[]): void {
    if (line === "") {
      this.#dispatch(events);
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment: the server's heartbeat
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#name = value;
    else if (field === "asked") this.#asked = value;
    // "If the field value does not contain U+0000 NULL, then set the last event ID buffer".
    else if (field === "id" && !value.includes("\0")) this.#id = value;
  }

  #dispatch(events: ServerEvent[]): void {
    this.lastEventId = this.#id;
    if (this.#data.length > 0) {
      const event = { name: this.#name || "message", data: this.#data.join("\n"), id: this.#id };
      events.push(this.#asked === null ? event : { ...event, asked: this.#asked });
    }
    this.#asked = null;
    this.#data = [];
    this.#name = "";
  }
}
