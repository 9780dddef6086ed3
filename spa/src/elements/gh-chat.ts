import { Chat } from "../chat.ts";
import { h, setText } from "../dom.ts";
import { icon } from "../icons.ts";
import { intend } from "../intents.ts";
import type { Agent, Person } from "../payloads.ts";
import type { Problem } from "../problem.ts";
import type { Shown } from "../workspace.ts";
import { GhAgents } from "./gh-agents.ts";
import { GhComposer } from "./gh-composer.ts";
import { GhFailure } from "./gh-failure.ts";
import { GhThread } from "./gh-thread.ts";

/** What the main part of the page shows. */
export interface ChatView {
  readonly person: Person;
  readonly shown: Shown;
  readonly title: string;
  readonly agents: readonly Agent[];
  readonly ready: boolean;
  readonly problem: Problem | null;
}

/** The main part of the page: the chat, or the greeting before there is one. */
export class GhChat extends HTMLElement {
  readonly #title = h("h1", { tabindex: "-1" });
  readonly #subtitle = h("p", { class: "chat-subtitle" });
  readonly #menu = h(
    "button",
    {
      type: "button",
      class: "icon-button narrow-only",
      "aria-label": "Open list of chats",
      "aria-expanded": "false",
      "aria-controls": "side",
      onclick: () => intend(this, "toggle-list", null),
    },
    icon("menu"),
  );
  readonly #agents = new GhAgents();
  readonly #failure = new GhFailure();
  readonly #thread = new GhThread();
  readonly #composer = new GhComposer();
  #shown: Shown = null;

  connectedCallback(): void {
    if (this.#title.parentElement !== null) return;
    const heading = h("div", { class: "chat-heading" }, this.#title, this.#subtitle);
    const head = h("header", { class: "chat-head" }, this.#menu, heading);
    const greeting = h("div", { class: "greeting" }, this.#agents, this.#failure);
    this.append(head, greeting, this.#thread, this.#composer);
    this.#composer.onDraft = (text) => {
      if (this.#shown instanceof Chat) this.#shown.draft = text;
    };
  }

  show(view: ChatView): void {
    const chat = view.shown instanceof Chat ? view.shown : null;
    if (view.shown !== this.#shown) this.#thread.reset();
    this.#shown = view.shown;
    const begun = chat?.begun ?? false;
    this.dataset["view"] = begun ? "chat" : view.ready ? "greeting" : "starting";
    setText(this.#title, begun ? view.title || "New chat" : headline(view));
    setText(this.#subtitle, begun ? (chat?.agent.title ?? "") : lead(view));
    this.#thread.hidden = !begun;
    this.#composer.hidden = chat === null;
    this.#agents.hidden = begun || view.agents.length === 0 || chat === null;
    this.#agents.show(view.agents, chat?.agent.name ?? "");
    this.#failure.hidden = view.problem === null;
    if (view.problem !== null) this.#failure.show(view.problem, "try-again");
    if (chat !== null) this.showConversation(chat);
  }

  /** The conversation has gone on; everything else is as it was. */
  showConversation(chat: Chat): void {
    if (chat !== this.#shown) return;
    const { phase } = chat.conversation;
    const waiting = phase.kind === "loading" || phase.kind === "stopping";
    const state = phase.kind === "running" ? "running" : waiting ? "waiting" : "ready";
    this.#thread.show(chat.conversation, chat.agent.title, emptyNote(chat));
    this.#composer.show(state, chat.draft, chat.agent.title);
  }

  /** The person has sent something: they want to see what comes of it. */
  follow(): void {
    this.#thread.follow();
  }

  /** Where to go on from: the text field, or on a touch screen the title (no keyboard pops up). */
  focusStart(): void {
    const hasKeyboard = matchMedia("(hover: hover) and (pointer: fine)").matches;
    if (hasKeyboard && !this.#composer.hidden) this.#composer.focusPrompt();
    else this.#title.focus({ preventScroll: true });
  }

  set listOpen(open: boolean) {
    this.#menu.setAttribute("aria-expanded", String(open));
  }

  focusMenu(): void {
    this.#menu.focus();
  }
}

function headline({ shown, ready, problem, person, agents }: ChatView): string {
  if (shown === "missing") return "This chat is not here.";
  if (problem !== null) return "That did not work.";
  if (!ready) return "One moment";
  const first = person.name.split(/\s+/).at(0) ?? person.name;
  return agents.length === 0 ? `Hello, ${first}.` : `Hello, ${first}. What shall we do?`;
}

function lead({ shown, ready, problem, person, agents }: ChatView): string {
  if (shown === "missing") return "It was forgotten, or it belongs to somebody else.";
  if (problem !== null || !ready) return "";
  if (agents.length > 0) return `You are here for ${person.tenantName}.`;
  return `${person.tenantName} has no agents for you yet. Ask whoever runs Gatehouse there.`;
}

function emptyNote({ conversation, agent, id }: Chat): string {
  if (id === null || conversation.items.length > 0 || conversation.phase.kind !== "idle") return "";
  return agent.protocol === "HTTP"
    ? `${agent.title} keeps its own memory of this chat. Earlier messages cannot be shown here.`
    : "There are no messages here yet.";
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-chat": GhChat;
  }
}
