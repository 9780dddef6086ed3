import type { Api } from "../api.ts";
import { createApi } from "../api.ts";
import { h } from "../dom.ts";
import { icon } from "../icons.ts";
import { onIntent } from "../intents.ts";
import { PAGES, isSame, tellPages } from "../pages.ts";
import type { Person } from "../payloads.ts";
import { problemOf } from "../problem.ts";
import type { Problem } from "../problem.ts";
import { placeOf } from "../route.ts";
import { GhDesk } from "./gh-desk.ts";
import { GhFailure } from "./gh-failure.ts";
import { GhLoggedIn } from "./gh-logged-in.ts";
import { GhSessionEnded } from "./gh-session-ended.ts";
import { GhWelcome } from "./gh-welcome.ts";

/** The whole page: who is logged in decides what there is to see. */
export class GhApp extends HTMLElement {
  readonly #ended = new GhSessionEnded();
  readonly #api: Api = createApi({
    fetch: (path, init) => fetch(path, init),
    now: () => Date.now(),
    onSessionEnded: (problem) => this.#sessionEnded(problem),
  });
  readonly #pages = new BroadcastChannel(PAGES);
  #person: Person | null = null;

  connectedCallback(): void {
    this.#ended.onCheck = () => this.#check();
    onIntent(this, "try-again", () => {
      if (this.#person === null) void this.#start();
    });
    // A page that comes back out of the browser's cache may be older than a logout.
    addEventListener("pageshow", (event) => {
      if (event.persisted) location.reload();
    });
    void this.#start();
  }

  async #start(): Promise<void> {
    try {
      this.#person = await this.#api.session();
    } catch (error) {
      this.#showFailure(problemOf(error));
      return;
    }
    if (this.#person !== null) tellPages(this.#pages, this.#person, () => location.reload());
    this.replaceChildren(this.#view(this.#person), this.#ended);
  }

  #view(person: Person | null): HTMLElement {
    if (person === null) return new GhWelcome();
    return placeOf(location.pathname).kind === "logged-in"
      ? new GhLoggedIn()
      : new GhDesk(person, this.#api);
  }

  #showFailure(problem: Problem): void {
    const failure = new GhFailure();
    failure.show(problem, "try-again");
    const brand = h("p", { class: "brand" }, icon("gate"), "Gatehouse");
    this.replaceChildren(h("main", { class: "welcome", id: "main" }, brand, failure));
  }

  #sessionEnded(problem: Problem): void {
    if (this.#person !== null) this.#ended.show(problem);
  }

  /**
   * Is somebody logged in again? Somebody else gets a page of their own, without this one's.
   * Raises ApiError.
   */
  async #check(): Promise<boolean> {
    const person = await this.#api.session();
    if (person === null) return false;
    if (isSame(this.#person, person)) this.#ended.hide();
    else location.reload();
    return true;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-app": GhApp;
  }
}
