import { h, setText } from "../dom.ts";
import { STEP_UP, problemOf } from "../problem.ts";
import type { Problem } from "../problem.ts";
import { loginPath } from "../route.ts";
import { inWords } from "../words.ts";

const BY_STEP_UP = "This needs a stronger or a fresher login";

/**
 * The session has ended while the page was open, or is not strong enough for what was asked.
 * Logging in happens in a second window, so that what the person has typed stays where it is: in
 * this page's memory, and nowhere else.
 */
export class GhSessionEnded extends HTMLElement {
  /** Asks the server again; true when somebody is logged in. Raises ApiError. */
  onCheck: () => Promise<boolean> = () => Promise.resolve(false);
  readonly #status = h("p", { class: "dialog-status", role: "status" });
  #dialog: HTMLDialogElement | null = null;
  readonly #returned = (): void => {
    if (document.visibilityState === "visible") void this.#check(false);
  };

  get open(): boolean {
    return this.#dialog !== null;
  }

  show(problem: Problem): void {
    if (this.open) return;
    const dialog = this.#build(problem);
    this.#dialog = dialog;
    setText(this.#status, "");
    // There is nothing behind this dialog to go back to before the login.
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => {
      if (this.#dialog === dialog) dialog.showModal();
    });
    this.replaceChildren(dialog);
    dialog.showModal();
    addEventListener("focus", this.#returned);
    document.addEventListener("visibilitychange", this.#returned);
  }

  hide(): void {
    removeEventListener("focus", this.#returned);
    document.removeEventListener("visibilitychange", this.#returned);
    const dialog = this.#dialog;
    this.#dialog = null;
    dialog?.close();
    this.replaceChildren();
  }

  disconnectedCallback(): void {
    this.hide();
  }

  async #check(aloud: boolean): Promise<void> {
    const news = await this.onCheck().then(
      (back) => (back ? "" : "Nobody is logged in yet."),
      (error: unknown) => inWords(problemOf(error)).what,
    );
    if (aloud) setText(this.#status, news);
  }

  #build({ code, login_url }: Problem): HTMLDialogElement {
    const title = code === STEP_UP ? BY_STEP_UP : "Your session has ended";
    return h(
      "dialog",
      { class: "dialog veil", "aria-labelledby": "ended-title", "aria-describedby": "ended-text" },
      h("h2", { id: "ended-title" }, title),
      h(
        "p",
        { id: "ended-text" },
        "Log in again in a new window, then come back here. What you have typed is still here.",
      ),
      this.#status,
      h(
        "div",
        { class: "dialog-buttons" },
        h(
          "button",
          {
            type: "button",
            class: "button",
            "data-testid": "check-login",
            onclick: () => void this.#check(true),
          },
          "I have logged in",
        ),
        h(
          "a",
          {
            class: "button primary",
            href: loginPath("/logged-in", login_url),
            target: "_blank",
            rel: "noopener",
            autofocus: true,
            "data-testid": "login-again",
          },
          "Log in again",
        ),
      ),
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-session-ended": GhSessionEnded;
  }
}
