import { h } from "../dom.ts";
import { icon } from "../icons.ts";
import { intend } from "../intents.ts";
import type { Problem } from "../problem.ts";
import { inWords } from "../words.ts";

/** Something failed: what, what to do, and the number to quote when asking for help. */
export class GhFailure extends HTMLElement {
  #problem: Problem | null = null;

  /** `again` names what the button asks for; null for no button. */
  show(problem: Problem, again: "retry" | "try-again" | null): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    const { what, hint } = inWords(problem);
    const reference =
      problem.request_id === null
        ? null
        : h("p", { class: "failure-reference" }, "Reference ", h("code", {}, problem.request_id));
    this.dataset["code"] = problem.code;
    this.setAttribute("role", "alert");
    this.replaceChildren(
      icon("warning"),
      h("div", { class: "failure-text" }, h("strong", {}, what), h("p", {}, hint), reference),
      again === null ? "" : this.#button(again),
    );
  }

  #button(again: "retry" | "try-again"): HTMLElement {
    return h(
      "button",
      {
        type: "button",
        class: "button",
        "data-testid": "retry",
        onclick: () => intend(this, again, null),
      },
      icon("retry"),
      "Try again",
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-failure": GhFailure;
  }
}
