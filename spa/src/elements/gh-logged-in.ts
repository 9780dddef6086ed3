import { h } from "../dom.ts";
import { icon } from "../icons.ts";

/** The end of a second window that was opened only to log in again. */
export class GhLoggedIn extends HTMLElement {
  connectedCallback(): void {
    this.replaceChildren(
      h(
        "main",
        { class: "welcome", id: "main" },
        h("p", { class: "brand" }, icon("gate"), "Gatehouse"),
        h("h1", {}, "You are logged in again."),
        h(
          "p",
          { class: "welcome-lead" },
          "Close this window and go on where you were: your text is still there.",
        ),
        h("a", { class: "button large", href: "/" }, "Or go on here"),
      ),
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-logged-in": GhLoggedIn;
  }
}
