import type { ChatGroup, ChatLine } from "../chat-list.ts";
import { h, setChildren, setText } from "../dom.ts";
import { icon } from "../icons.ts";
import { intend } from "../intents.ts";
import type { Person } from "../payloads.ts";
import { GhChatItem } from "./gh-chat-item.ts";

/** The list at the side: new chat, my chats, who I am, log out. */
export class GhChats extends HTMLElement {
  readonly #who = h("p", { class: "who", "data-testid": "who" });
  readonly #initials = h("span", { class: "initials", "aria-hidden": "true" });
  readonly #groups = h("div", { class: "chat-groups" });
  readonly #empty = h("p", { class: "chats-empty" }, "Your chats will be listed here.");
  readonly #newChat = h(
    "button",
    {
      type: "button",
      class: "button wide",
      "data-testid": "new-chat",
      onclick: () => intend(this, "new-chat", null),
    },
    icon("plus"),
    "New chat",
  );
  readonly #items = new Map<string, GhChatItem>();
  readonly #sections = new Map<string, HTMLElement>();

  connectedCallback(): void {
    if (this.#newChat.parentElement !== null) return;
    const close = h(
      "button",
      {
        type: "button",
        class: "icon-button narrow-only",
        "aria-label": "Close list of chats",
        onclick: () => intend(this, "toggle-list", null),
      },
      icon("close"),
    );
    const sessions = h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": "Where you are logged in",
        title: "Where you are logged in",
        "data-testid": "show-sessions",
        onclick: () => intend(this, "show-sessions", null),
      },
      icon("devices"),
    );
    const logOut = h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": "Log out",
        title: "Log out",
        "data-testid": "logout",
        onclick: () => intend(this, "log-out", null),
      },
      icon("exit"),
    );
    this.append(
      h(
        "div",
        { class: "side-head" },
        h("p", { class: "brand" }, icon("gate"), "Gatehouse"),
        close,
      ),
      this.#newChat,
      h("nav", { "aria-label": "Chats" }, this.#groups, this.#empty),
      h("div", { class: "side-foot" }, this.#initials, this.#who, sessions, logOut),
    );
  }

  showPerson({ name, tenantName }: Person): void {
    setText(this.#initials, initialsOf(name));
    this.#who.replaceChildren(
      h("strong", {}, name),
      h("span", { class: "who-dot" }, " · "),
      h("span", {}, tenantName),
    );
  }

  showChats(groups: readonly ChatGroup[]): void {
    const known = new Set(groups.flatMap((group) => group.lines.map((line) => line.id)));
    for (const id of this.#items.keys()) if (!known.has(id)) this.#items.delete(id);
    setChildren(
      this.#groups,
      groups.map((group) => this.#section(group)),
    );
    this.#empty.hidden = groups.length > 0;
  }

  focusNewChat(): void {
    this.#newChat.focus();
  }

  #section({ heading, lines }: ChatGroup): HTMLElement {
    const section =
      this.#sections.get(heading) ??
      h("section", {}, h("h2", {}, heading), h("div", { role: "list", "aria-label": heading }));
    this.#sections.set(heading, section);
    const list = section.lastElementChild;
    if (list !== null)
      setChildren(
        list,
        lines.map((line) => this.#item(line)),
      );
    return section;
  }

  #item(line: ChatLine): GhChatItem {
    const item = this.#items.get(line.id) ?? new GhChatItem();
    this.#items.set(line.id, item);
    item.show(line);
    return item;
  }
}

/** "Alice Archer" → "AA". */
function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== "");
  return [words.at(0), words.length > 1 ? words.at(-1) : undefined]
    .map((word) => word?.charAt(0).toUpperCase() ?? "")
    .join("");
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-chats": GhChats;
  }
}
