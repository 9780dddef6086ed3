import type { Api } from "../api.ts";
import { h } from "../dom.ts";
import type { SessionEntry } from "../payloads.ts";
import { problemOf } from "../problem.ts";
import { ago } from "../when.ts";
import { inWords } from "../words.ts";

/** Where the person is logged in, with a way to end each login but this one, or all others. */
export class GhSessions extends HTMLElement {
  readonly #api: Api;
  readonly #now: () => number;
  readonly #list = h("ul", { class: "sessions", "data-testid": "sessions" });
  readonly #status = h("p", { class: "dialog-status", role: "status" });
  readonly #others = h(
    "button",
    {
      type: "button",
      class: "button danger",
      "data-testid": "end-other-sessions",
      onclick: () => void this.#end(() => this.#api.endOtherSessions()),
    },
    "End all others",
  );

  /** `now` in seconds since the epoch. */
  constructor(api: Api, now: () => number) {
    super();
    this.#api = api;
    this.#now = now;
  }

  /** Opens the dialog; it closes by itself when the person is done. */
  async open(): Promise<void> {
    const close = h(
      "button",
      { type: "button", class: "button", onclick: () => dialog.close() },
      "Close",
    );
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "sessions-title" },
      h("h2", { id: "sessions-title" }, "Where you are logged in"),
      this.#list,
      this.#status,
      h("div", { class: "dialog-buttons" }, this.#others, close),
    );
    dialog.addEventListener("close", () => this.replaceChildren());
    this.#show([]);
    this.#status.textContent = "Looking …";
    this.replaceChildren(dialog);
    dialog.showModal();
    close.focus();
    await this.#load();
  }

  async #load(): Promise<void> {
    try {
      this.#show(await this.#api.sessions());
      this.#status.textContent = "";
    } catch (error) {
      this.#tell(error);
    }
  }

  async #end(act: () => Promise<void>): Promise<void> {
    this.#others.disabled = true;
    try {
      await act();
    } catch (error) {
      this.#tell(error);
      return;
    } finally {
      this.#others.disabled = false;
    }
    await this.#load();
  }

  #show(entries: readonly SessionEntry[]): void {
    this.#others.hidden = entries.filter((entry) => !entry.current).length === 0;
    this.#list.replaceChildren(...entries.map((entry) => this.#line(entry)));
  }

  #line(entry: SessionEntry): HTMLElement {
    const seen = entry.current
      ? "This browser"
      : `Last seen ${ago(entry.lastSeenAt, this.#now())}`;
    const end = h(
      "button",
      {
        type: "button",
        class: "button",
        "aria-label": `End the login on ${entry.device}`,
        onclick: () => void this.#end(() => this.#api.endSession(entry.id)),
      },
      "End",
    );
    return h(
      "li",
      {},
      h("div", {}, h("strong", {}, entry.device), h("p", {}, seen)),
      entry.current ? null : end,
    );
  }

  #tell(error: unknown): void {
    const { what, hint } = inWords(problemOf(error));
    this.#status.textContent = `${what} ${hint}`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-sessions": GhSessions;
  }
}
