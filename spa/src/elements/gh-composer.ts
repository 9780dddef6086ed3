import { h, setText } from "../dom.ts";
import { icon, stopIcon } from "../icons.ts";
import { intend } from "../intents.ts";

/** "ready" to send, "running" a turn that can be stopped, or "waiting" for something else. */
export type ComposerState = "ready" | "running" | "waiting";

/** Where the person writes. Enter sends, Shift+Enter begins a new line. */
export class GhComposer extends HTMLElement {
  /** Called whenever the text changed, so that it can be kept for this chat. */
  onDraft: (text: string) => void = () => undefined;
  readonly #label = h("label", { class: "visually-hidden", for: "prompt" });
  readonly #prompt = h("textarea", {
    id: "prompt",
    rows: "1",
    maxlength: "100000",
    autocomplete: "off",
    enterkeyhint: "send",
    "aria-describedby": "prompt-hint",
    "data-testid": "prompt",
    oninput: () => this.#typed(),
    onkeydown: (event) => this.#key(event as KeyboardEvent),
  });
  readonly #send = h(
    "button",
    {
      type: "button",
      class: "composer-button",
      "aria-label": "Send",
      "data-testid": "send",
      onclick: () => this.#submit(),
    },
    icon("send"),
  );
  readonly #stop = h(
    "button",
    {
      type: "button",
      class: "composer-button stop",
      "aria-label": "Stop",
      title: "Stop (Escape)",
      "data-testid": "stop",
      onclick: () => intend(this, "stop", null),
    },
    stopIcon(),
  );
  readonly #hint = h("p", { id: "prompt-hint", class: "composer-hint" });
  #state: ComposerState = "ready";

  connectedCallback(): void {
    if (this.#prompt.parentElement !== null) return;
    setText(this.#hint, "Enter to send · Shift + Enter for a new line");
    const box = h("div", { class: "composer-box" }, this.#prompt, this.#send, this.#stop);
    this.append(this.#label, box, this.#hint);
    this.#refresh();
  }

  show(state: ComposerState, text: string, agentTitle: string): void {
    const hadFocus = this.contains(document.activeElement);
    this.#state = state;
    setText(this.#label, `Message to ${agentTitle}`);
    this.#prompt.placeholder = `Message ${agentTitle}`;
    if (this.#prompt.value !== text) {
      this.#prompt.value = text;
      this.#grow();
    }
    this.#refresh();
    // The button that had the focus may just have gone.
    if (hadFocus && !this.contains(document.activeElement)) this.focusPrompt();
  }

  focusPrompt(): void {
    this.#prompt.focus({ preventScroll: true });
  }

  #typed(): void {
    this.onDraft(this.#prompt.value);
    this.#grow();
    this.#refresh();
  }

  #key(event: KeyboardEvent): void {
    // 229: the key belongs to an input method that is still composing (some report only that).
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    this.#submit();
  }

  #submit(): void {
    const text = this.#prompt.value.trim();
    if (text === "" || this.#state !== "ready") return;
    this.#prompt.value = "";
    this.#typed();
    intend(this, "send", { text });
  }

  /** As high as the text, within what the style sheet allows; for browsers without field-sizing. */
  #grow(): void {
    if (CSS.supports("field-sizing", "content")) return;
    this.#prompt.style.height = "auto";
    this.#prompt.style.height = `${this.#prompt.scrollHeight}px`;
  }

  #refresh(): void {
    this.#send.hidden = this.#state === "running";
    this.#stop.hidden = this.#state !== "running";
    this.#send.disabled = this.#state !== "ready" || this.#prompt.value.trim() === "";
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-composer": GhComposer;
  }
}
