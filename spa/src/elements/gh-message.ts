import { h, setText } from "../dom.ts";
import type { RawItem, TextItem } from "../item.ts";
import { markdown } from "../markdown/blocks.ts";
import { patch } from "../markdown/patch.ts";
import { plainText } from "../markdown/tree.ts";
import { icon } from "../icons.ts";

/** One message: what the person wrote, word for word, or what the agent answered, as Markdown. */
export class GhMessage extends HTMLElement {
  readonly #body = h("div", { class: "message-body" });
  #item: TextItem | RawItem | null = null;
  #author = "";
  /** How many of the answer's paragraphs have been read out. */
  #spoken = 0;

  show(item: TextItem | RawItem, author: string): void {
    if (item === this.#item && author === this.#author) return;
    this.#item = item;
    this.#author = author;
    const role = item.kind === "raw" ? "assistant" : item.role;
    if (this.#body.parentElement === null) this.#build(role);
    this.setAttribute("aria-label", role === "user" ? "You said" : `${author} said`);
    if (item.kind === "raw") this.#body.replaceChildren(h("pre", { tabindex: "0" }, item.text));
    else if (role === "user") setText(this.#body, item.text);
    else patch(this.#body, markdown(item.text));
    this.classList.toggle("open", item.kind === "text" && item.open);
  }

  /** The paragraphs that were finished since this was last asked, as text to be read out. */
  unspoken(): string {
    const item = this.#item;
    if (item?.kind !== "text" || item.role === "user" || !item.live) return "";
    const blocks = markdown(item.text);
    const finished = item.open ? blocks.slice(0, -1) : blocks;
    const news = finished.slice(this.#spoken);
    this.#spoken = Math.max(this.#spoken, finished.length);
    return plainText(news);
  }

  #build(role: "user" | "assistant"): void {
    this.dataset["role"] = role;
    this.setAttribute("role", "article");
    if (role === "assistant") {
      this.append(h("span", { class: "message-mark", "aria-hidden": "true" }, icon("gate")));
    }
    this.append(this.#body);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-message": GhMessage;
  }
}
