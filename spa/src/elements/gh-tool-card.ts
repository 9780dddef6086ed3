import { parsedJson } from "../agui.ts";
import { h, setText } from "../dom.ts";
import type { IconName } from "../icons.ts";
import { icon } from "../icons.ts";
import type { ToolItem, ToolState } from "../item.ts";

const STATES: { readonly [S in ToolState]: { readonly label: string; readonly icon: IconName } } = {
  running: { label: "Running", icon: "retry" },
  finished: { label: "Finished", icon: "check" },
  failed: { label: "Failed", icon: "cross" },
  stopped: { label: "Stopped", icon: "pause" },
};

/** A tool the agent used: what it was given, how it went, what came out. Closed unless opened. */
export class GhToolCard extends HTMLElement {
  readonly #name = h("span", { class: "tool-name" });
  readonly #state = h("span", { class: "tool-state" });
  readonly #args = h("pre", { tabindex: "0", role: "region", "aria-label": "Arguments" });
  readonly #result = h("pre", { tabindex: "0", role: "region", "aria-label": "Result" });
  readonly #resultTitle = h("h3", {}, "Result");
  #item: ToolItem | null = null;
  #spoken: ToolState | null = null;

  show(item: ToolItem): void {
    if (item === this.#item) return;
    if (this.#item === null) this.#build();
    this.#item = item;
    if (this.dataset["state"] !== item.state) {
      this.dataset["state"] = item.state;
      const { label, icon: name } = STATES[item.state];
      this.#state.replaceChildren(icon(name), label);
    }
    setText(this.#name, item.name);
    setText(this.#args, readable(item.args) || "none");
    setText(this.#result, item.result === null ? "" : readable(item.result) || "empty");
    this.#result.hidden = item.result === null;
    this.#resultTitle.hidden = item.result === null;
  }

  /** What is worth reading out since this was last asked: that it began, that it failed. */
  unspoken(): string {
    const [before, item] = [this.#spoken, this.#item];
    this.#spoken = item?.state ?? null;
    if (item === null || item.state === before) return "";
    if (item.state === "running") return `Using the tool ${item.name}`;
    return before === "running" && item.state === "failed" ? `The tool ${item.name} failed` : "";
  }

  #build(): void {
    const summary = h(
      "summary",
      {},
      icon("tool"),
      h("span", { class: "visually-hidden" }, "Tool "),
      this.#name,
      this.#state,
      icon("chevron"),
    );
    const body = h(
      "div",
      { class: "tool-body" },
      h("h3", {}, "Arguments"),
      this.#args,
      this.#resultTitle,
      this.#result,
    );
    this.append(h("details", {}, summary, body));
  }
}

/** JSON laid out over lines; anything else as it is. */
function readable(text: string): string {
  const value = /^\s*[[{]/.test(text) ? parsedJson(text) : undefined;
  return value === undefined ? text : JSON.stringify(value, null, 2);
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-tool-card": GhToolCard;
  }
}
