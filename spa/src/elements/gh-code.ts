import { h, setText } from "../dom.ts";
import { icon } from "../icons.ts";

/** A block of code with its language and a button that copies it. */
export class GhCode extends HTMLElement {
  readonly #language = h("span", { class: "code-language" });
  readonly #copyLabel = h("span", {}, "Copy");
  readonly #source = h("code");
  #built = false;

  /** Shows `text`; called again with more of it, it appends. */
  show(language: string, text: string): void {
    this.#build();
    setText(this.#language, language || "text");
    const node = this.#source.firstChild;
    if (node instanceof Text && text.startsWith(node.data)) {
      node.appendData(text.slice(node.data.length));
    } else {
      this.#source.textContent = text;
    }
  }

  #build(): void {
    if (this.#built) return;
    this.#built = true;
    const copy = h(
      "button",
      {
        type: "button",
        class: "code-copy",
        "aria-label": "Copy code",
        onclick: () => this.#copy(),
      },
      icon("copy"),
      this.#copyLabel,
    );
    const head = h("div", { class: "code-head" }, this.#language, copy);
    // Focusable, so that long lines can be scrolled with the keyboard.
    const body = h("pre", { tabindex: "0", role: "region", "aria-label": "Code" }, this.#source);
    this.append(head, body);
  }

  async #copy(): Promise<void> {
    const done = await navigator.clipboard.writeText(this.#source.textContent).then(
      () => "Copied",
      () => "Not copied",
    );
    setText(this.#copyLabel, done);
    setTimeout(() => setText(this.#copyLabel, "Copy"), 2000);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-code": GhCode;
  }
}
