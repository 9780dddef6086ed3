import { h } from "../dom.ts";
import { intend } from "../intents.ts";
import type { Agent } from "../payloads.ts";

/** The agents to choose from for a new chat. */
export class GhAgents extends HTMLElement {
  readonly #fields: HTMLFieldSetElement = h(
    "fieldset",
    {},
    h("legend", {}, "Who would you like to talk to?"),
  );
  #agents: readonly Agent[] = [];

  show(agents: readonly Agent[], chosen: string): void {
    if (this.#fields.parentElement === null) this.append(this.#fields);
    if (agents !== this.#agents) {
      this.#agents = agents;
      this.#fields.replaceChildren(
        this.#fields.firstElementChild ?? "",
        h("div", { class: "agents" }, ...agents.map((agent) => this.#option(agent))),
      );
    }
    for (const radio of this.querySelectorAll("input")) radio.checked = radio.value === chosen;
  }

  #option(agent: Agent): HTMLElement {
    const radio = h("input", {
      type: "radio",
      name: "agent",
      value: agent.name,
      class: "visually-hidden",
      onchange: () => intend(this, "choose-agent", { name: agent.name }),
    });
    return h(
      "label",
      { class: "agent", "data-testid": `agent-${agent.name}` },
      radio,
      h("span", { class: "agent-initial", "aria-hidden": "true" }, agent.title.charAt(0)),
      h(
        "span",
        { class: "agent-text" },
        h("strong", {}, agent.title),
        agent.description === "" ? null : h("span", {}, agent.description),
      ),
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-agents": GhAgents;
  }
}
