import type { Api } from "../api.ts";
import { chatGroups } from "../chat-list.ts";
import { Chat } from "../chat.ts";
import { h } from "../dom.ts";
import { onIntent } from "../intents.ts";
import { lineOf } from "../line.ts";
import type { Person } from "../payloads.ts";
import { isDoubtful, problemOf } from "../problem.ts";
import type { Place } from "../route.ts";
import { pathOf, placeOf } from "../route.ts";
import { inWords } from "../words.ts";
import { Workspace } from "../workspace.ts";
import { GhChat } from "./gh-chat.ts";
import { GhChats } from "./gh-chats.ts";
import { GhConfirm } from "./gh-confirm.ts";
import { GhSessions } from "./gh-sessions.ts";
import { GhToast } from "./gh-toast.ts";

/** Below this width the list is a drawer (the same figure stands in shell.css). */
const NARROW = "(max-width: 52rem)";

/** What a logged-in person has before them: their chats at the side, one chat in the middle. */
export class GhDesk extends HTMLElement {
  readonly #person: Person;
  readonly #api: Api;
  readonly #workspace: Workspace;
  readonly #side = h("aside", { id: "side", class: "side", "aria-label": "Chats and account" });
  readonly #main = h("main", { id: "main", tabindex: "-1" });
  readonly #chats = new GhChats();
  readonly #chat = new GhChat();
  readonly #confirm = new GhConfirm();
  readonly #toast = new GhToast();
  readonly #sessions: GhSessions;
  readonly #narrow = matchMedia(NARROW);
  readonly #gone = new AbortController();
  readonly #waiting = new Set<Chat>();
  #listOpen = false;

  constructor(person: Person, api: Api) {
    super();
    this.#person = person;
    this.#api = api;
    this.#sessions = new GhSessions(api, nowInSeconds);
    this.#workspace = new Workspace({
      api,
      line: lineOf(window, () => navigator.onLine, Math.random),
      newId: () => crypto.randomUUID(),
      now: nowInSeconds,
      onChange: () => this.#show(),
      onConversation: (chat) => this.#paintSoon(chat),
      onPlace: (place) => this.#replaced(place),
    });
  }

  connectedCallback(): void {
    this.#side.append(this.#chats);
    this.#main.append(this.#chat);
    const scrim = h("div", { class: "scrim", onclick: () => this.#openList(false) });
    this.append(this.#skipLink(), this.#side, scrim, this.#main, this.#confirm);
    this.append(this.#sessions, this.#toast);
    this.#chats.showPerson(this.#person);
    this.#listen();
    this.#openList(false);
    void this.#workspace.start(placeOf(location.pathname)).then(() => this.#chat.focusStart());
  }

  disconnectedCallback(): void {
    this.#gone.abort();
    this.#workspace.close();
  }

  #skipLink(): HTMLElement {
    const skip = (event: Event): void => {
      event.preventDefault(); // the address is the chat's, a fragment has no place in it
      this.#chat.focusStart();
    };
    return h("a", { class: "skip", href: "#main", onclick: skip }, "Skip to the chat");
  }

  #listen(): void {
    onIntent(this, "new-chat", () => this.#go({ kind: "new" }));
    onIntent(this, "open-chat", ({ id }) => this.#go({ kind: "chat", id }));
    onIntent(this, "choose-agent", ({ name }) => this.#workspace.choose(name));
    onIntent(this, "send", ({ text }) => this.#send(text));
    onIntent(this, "stop", () => void this.#shownChat()?.stop());
    onIntent(this, "look", () => this.#shownChat()?.look());
    onIntent(this, "retry", () => void this.#shownChat()?.retry());
    onIntent(this, "try-again", () => void this.#workspace.start(placeOf(location.pathname)));
    onIntent(this, "forget-chat", ({ id, title }) => void this.#forget(id, title));
    onIntent(this, "show-sessions", () => void this.#sessions.open());
    onIntent(this, "log-out", () => void this.#logOut());
    onIntent(this, "toggle-list", () => this.#openList(!this.#listOpen));
    const { signal } = this.#gone;
    const place = (): void => this.#workspace.show(placeOf(location.pathname));
    addEventListener("popstate", place, { signal });
    addEventListener("keydown", (event) => this.#escape(event), { signal });
    this.#narrow.addEventListener("change", () => this.#openList(false), { signal });
  }

  #shownChat(): Chat | null {
    return this.#workspace.shown instanceof Chat ? this.#workspace.shown : null;
  }

  #go(place: Place): void {
    const path = pathOf(place);
    if (path !== location.pathname) history.pushState(null, "", path);
    this.#openList(false);
    this.#workspace.show(place);
    this.#chat.focusStart();
  }

  #replaced(place: Place): void {
    history.replaceState(null, "", pathOf(place));
    this.#workspace.show(place);
  }

  #send(text: string): void {
    const chat = this.#shownChat();
    if (chat === null) return;
    void chat.send(text);
    this.#show();
    this.#chat.follow();
  }

  async #forget(id: string, title: string): Promise<void> {
    const sure = await this.#confirm.ask({
      title: "Forget this chat?",
      text: `“${title}” leaves your list and its session with the agent ends. There is no way back.`,
      action: "Forget",
    });
    if (!sure) return;
    try {
      await this.#workspace.forget(id);
      this.#toast.say("The chat was forgotten.");
      this.#chats.focusNewChat();
    } catch (error) {
      const problem = problemOf(error);
      const { what, hint } = inWords(problem);
      const not = isDoubtful(problem) ? "perhaps not" : "not";
      this.#toast.say(`The chat was ${not} forgotten. ${what} ${hint}`);
    }
  }

  async #logOut(): Promise<void> {
    try {
      const redirect = await this.#api.logOut();
      this.#workspace.close();
      if (redirect === null) location.reload();
      else location.assign(redirect);
    } catch (error) {
      const problem = problemOf(error);
      const { what, hint } = inWords(problem);
      const still = isDoubtful(problem) ? "may still be" : "are still";
      this.#toast.say(`You ${still} logged in. ${what} ${hint}`);
    }
  }

  /** Escape closes the drawer first, then stops the turn. An open dialog has it to itself. */
  #escape(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]") !== null) return;
    if (this.#listOpen) {
      this.#openList(false);
      this.#chat.focusMenu();
      return;
    }
    const chat = this.#shownChat();
    if (chat?.conversation.phase.kind === "running") void chat.stop();
  }

  #openList(open: boolean): void {
    const narrow = this.#narrow.matches;
    this.#listOpen = open && narrow;
    this.classList.toggle("list-open", this.#listOpen);
    this.#side.inert = narrow && !open;
    this.#main.inert = this.#listOpen;
    this.#chat.listOpen = this.#listOpen;
    if (this.#listOpen) this.#chats.focusNewChat();
  }

  #show(): void {
    const { shown, agents, ready, problem } = this.#workspace;
    const title = this.#title();
    document.title = title === "" ? "Gatehouse" : `${title} · Gatehouse`;
    this.#chat.show({ person: this.#person, shown, title, agents, ready, problem });
    this.#chats.showChats(chatGroups(this.#workspace, nowInSeconds()));
  }

  #title(): string {
    const chat = this.#shownChat();
    if (chat === null) return "";
    const entry = this.#workspace.chats.find((known) => known.id === chat.id);
    return entry === undefined ? chat.firstWords : this.#workspace.titleOf(entry);
  }

  /** At most one repaint per frame, however fast the events come. */
  #paintSoon(chat: Chat): void {
    if (this.#waiting.size === 0) {
      requestAnimationFrame(() => {
        for (const changed of this.#waiting) this.#chat.showConversation(changed);
        this.#waiting.clear();
      });
    }
    this.#waiting.add(chat);
  }
}

const nowInSeconds = (): number => Math.floor(Date.now() / 1000);

declare global {
  interface HTMLElementTagNameMap {
    "gh-desk": GhDesk;
  }
}
