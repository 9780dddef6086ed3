import { h } from "../dom.ts";

export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button that does it says. */
  readonly action: string;
}

/** Asks before something that cannot be undone. */
export class GhConfirm extends HTMLElement {
  /** True when the person said yes; Escape and anything else is a no. */
  ask({ title, text, action }: Question): Promise<boolean> {
    const close = (answer: string) => () => dialog.close(answer);
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" },
      h("h2", { id: "confirm-title" }, title),
      h("p", { id: "confirm-text" }, text),
      h(
        "div",
        { class: "dialog-buttons" },
        button("Cancel", "cancel", "button", close("no")),
        button(action, "confirm", "button danger", close("yes")),
      ),
    );
    this.replaceChildren(dialog);
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => {
        this.replaceChildren();
        resolve(dialog.returnValue === "yes");
      });
    });
  }
}

function button(label: string, testid: string, look: string, onclick: () => void): HTMLElement {
  return h("button", { type: "button", class: look, "data-testid": testid, onclick }, label);
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-confirm": GhConfirm;
  }
}
