import { h } from "../dom.ts";
import { icon } from "../icons.ts";
import { loginPath } from "../route.ts";

/** Nobody is logged in: what this is, and the one thing to do. */
export class GhWelcome extends HTMLElement {
  connectedCallback(): void {
    const returnTo = location.pathname + location.search;
    this.replaceChildren(
      h("div", { class: "welcome-arch", "aria-hidden": "true" }, icon("gate")),
      h(
        "main",
        { class: "welcome", id: "main" },
        h("p", { class: "brand" }, icon("gate"), "Gatehouse"),
        h("h1", {}, "Your agents are on the other side of the gate."),
        h(
          "p",
          { class: "welcome-lead" },
          "Log in with your company account to talk to the agents your company has set up for you.",
        ),
        h(
          "a",
          { class: "button primary large", href: loginPath(returnTo), "data-testid": "login" },
          "Log in",
        ),
        h(
          "p",
          { class: "welcome-small" },
          "You log in at your company’s own login page. Gatehouse never sees your password, ",
          "and your browser never holds a token.",
        ),
      ),
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-welcome": GhWelcome;
  }
}
