/** One answer of an agent, over as many streams as it takes, read into AG-UI events. */
import type { AguiEvent } from "./agui.ts";
import { aguiEvent, isRecord, parsedJson } from "./agui.ts";
import { brokenOff, chunksOf } from "./chunks.ts";
import { EventParser } from "./events.ts";
import type { ServerEvent } from "./events.ts";
import { translated } from "./foreign.ts";
import type { LineState } from "./line.ts";
import type { Agent } from "./payloads.ts";
import type { Problem } from "./problem.ts";
import { ApiError, BROKEN_OFF, localProblem, readProblem } from "./problem.ts";

/** Takes the events of a chunk, together. */
export type TakeEvents = (events: readonly AguiEvent[]) => void;

export interface AnswerSink {
  readonly events: TakeEvents;
  /** A part of the answer cannot be had any more; what follows comes after it. */
  readonly gap: () => void;
  /** What the person asked, where the server says it: at the beginning of a turn. */
  readonly asked: (text: string) => void;
  readonly line: (state: LineState) => void;
}

/** Fed with responses, it passes on events, and knows where it got to. */
export class AnswerReader {
  lastEventId = "";
  /** Whether any event has come. */
  heard = false;
  #over = false;
  #messages = 0;
  readonly #protocol: Agent["protocol"];
  readonly #runId: string;
  readonly #sink: AnswerSink;

  constructor(protocol: Agent["protocol"], runId: string, sink: AnswerSink) {
    this.#protocol = protocol;
    this.#runId = runId;
    this.#sink = sink;
  }

  /** Reads `response` to its end. The error is what broke it off, null when it was complete. */
  async read(response: Response, signal: AbortSignal): Promise<ApiError | null> {
    const parser = new EventParser();
    const enough = new AbortController();
    const quiet = (isQuiet: boolean): void => {
      // Not even heartbeats come, and all that matters is here: nobody has to wait for the rest.
      if (this.#over) enough.abort(new ApiError(localProblem(BROKEN_OFF, "The run is over.")));
      else this.#sink.line(isQuiet ? "quiet" : "up");
    };
    try {
      const either = AbortSignal.any([signal, enough.signal]);
      for await (const chunk of chunksOf(response, either, quiet)) {
        const failure = this.#arrived(parser.push(chunk));
        if (parser.lastEventId !== "") this.lastEventId = parser.lastEventId;
        if (failure !== null && !this.#over) return failure;
      }
      // An AG-UI run says when it is over; any other stream is over when it ends.
      if (this.#protocol === "AGUI" && !this.#over) brokenOff();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return this.#over ? null : error;
    }
    return null;
  }

  /** An answer that is no stream. */
  whole(text: string): void {
    const json = parsedJson(text);
    this.#pass(this.#foreign(json === undefined ? text : json));
  }

  #arrived(arrived: readonly ServerEvent[]): ApiError | null {
    let events: AguiEvent[] = [];
    let failure: ApiError | null = null;
    for (const event of arrived) {
      this.heard = true;
      const asked = event.asked === undefined ? undefined : parsedJson(event.asked);
      if (typeof asked === "string") this.#sink.asked(asked);
      if (event.name === "error") failure = new ApiError(frameProblem(event.data));
      else if (event.name === "gap") {
        this.#pass(events);
        events = [];
        this.#sink.gap();
      } else events.push(...this.#eventsOf(event.data));
    }
    this.#pass(events);
    return failure;
  }

  #eventsOf(data: string): readonly AguiEvent[] {
    const json = parsedJson(data);
    if (this.#protocol === "HTTP") return this.#foreign(json === undefined ? data : json);
    const event = aguiEvent(json);
    return event === null ? [] : [event];
  }

  #foreign(raw: unknown): readonly AguiEvent[] {
    const events = translated(raw, `${this.#runId}-${this.#messages}`);
    // Text after a tool's answer is a message of its own, or it would stand above the tool.
    if (events.some((event) => event.type === "TOOL_CALL_RESULT")) this.#messages += 1;
    return events;
  }

  #pass(events: readonly AguiEvent[]): void {
    for (const { type } of events) {
      if (type === "RUN_FINISHED" || type === "RUN_ERROR") this.#over = true;
      else if (type === "RUN_STARTED") this.#over = false; // a second run in the same stream
    }
    if (events.length > 0) this.#sink.events(events);
  }
}

/** `event: error` carries a problem of its own: the status line had long been sent. */
function frameProblem(data: string): Problem {
  const body = parsedJson(data);
  const status = isRecord(body) && typeof body["status"] === "number" ? body["status"] : 0;
  return readProblem(body, { status, retryAfter: null, now: 0 });
}
