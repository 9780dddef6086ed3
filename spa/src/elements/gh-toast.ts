import { h } from "../dom.ts";
import { icon } from "../icons.ts";

/** How long a toast stays, in milliseconds. */
const STAY_MS = 8000;

/** A short message about something that happened beside the conversation. */
export class GhToast extends HTMLElement {
  #timer: ReturnType<typeof setTimeout> | undefined;

  connectedCallback(): void {
    this.setAttribute("role", "status");
  }

  say(text: string): void {
    clearTimeout(this.#timer);
    const close = h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": "Dismiss",
        onclick: () => this.#clear(),
      },
      icon("close"),
    );
    this.replaceChildren(h("div", { class: "toast" }, h("p", {}, text), close));
    this.#timer = setTimeout(() => this.#clear(), STAY_MS);
  }

  #clear(): void {
    this.replaceChildren();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-toast": GhToast;
  }
}
