import type { ChatLine } from "../chat-list.ts";
import { h, setText } from "../dom.ts";
import { icon } from "../icons.ts";
import { intend } from "../intents.ts";
import { pathOf } from "../route.ts";

/** One chat in the list: a link to it, and a button that forgets it. */
export class GhChatItem extends HTMLElement {
  readonly #title = h("span", { class: "chat-title" });
  readonly #about = h("span", { class: "chat-about" });
  readonly #link = h("a", { class: "chat-link", onclick: (event) => this.#open(event) });
  readonly #forget = h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "data-testid": "forget",
      onclick: () => intend(this, "forget-chat", { id: this.#id, title: this.#name }),
    },
    icon("trash"),
  );
  #id = "";
  #name = "";

  show({ id, title, agentTitle, when, current, busy }: ChatLine): void {
    if (this.#id === "") this.#build();
    this.#id = id;
    this.#name = title;
    this.#link.href = pathOf({ kind: "chat", id });
    setText(this.#title, title);
    setText(this.#about, busy ? `${agentTitle} · answering` : `${agentTitle} · ${when}`);
    this.classList.toggle("busy", busy);
    this.#forget.setAttribute("aria-label", `Forget chat: ${title}`);
    this.#forget.title = "Forget this chat";
    if (current) this.#link.setAttribute("aria-current", "page");
    else this.#link.removeAttribute("aria-current");
  }

  #build(): void {
    this.setAttribute("role", "listitem");
    this.dataset["testid"] = "chat-item";
    this.#link.append(this.#title, this.#about);
    this.append(this.#link, this.#forget);
  }

  /** A plain click stays in this page; any other (new tab, new window) is the browser's. */
  #open(event: Event): void {
    const click = event as MouseEvent;
    if (click.button !== 0 || click.metaKey || click.ctrlKey || click.shiftKey) return;
    event.preventDefault();
    intend(this, "open-chat", { id: this.#id });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-chat-item": GhChatItem;
  }
}
