import type { Conversation } from "../conversation.ts";
import { isBusy } from "../conversation.ts";
import { h, setChildren, setText } from "../dom.ts";
import { icon } from "../icons.ts";
import { intend } from "../intents.ts";
import type { Item } from "../item.ts";
import { keyOf } from "../item.ts";
import type { LineState } from "../line.ts";
import { GhFailure } from "./gh-failure.ts";
import { GhLive } from "./gh-live.ts";
import { GhMessage } from "./gh-message.ts";
import { GhToolCard } from "./gh-tool-card.ts";

/** What is told of a line that is not as it should be. */
const LINES: { readonly [S in LineState]: string } = {
  up: "",
  late: "No answer has begun yet, which is unusual. Still waiting",
  looking: "Looking for the answer",
  quiet: "The connection is very slow. Still waiting",
  lost: "The connection was lost. Reconnecting",
  down: "You are offline. The answer goes on once you are back",
};

/** How near the end counts as reading along, in pixels. */
const NEAR_END_PX = 80;

/** The messages of a chat. Follows the answer as it grows, until the person scrolls away. */
export class GhThread extends HTMLElement {
  readonly #earlier = h("p", { class: "thread-note", role: "status" });
  readonly #items = h("div", { class: "thread-items" });
  readonly #activity = h("p", { class: "thread-activity", role: "status" });
  readonly #look = h(
    "button",
    {
      type: "button",
      class: "button thread-look",
      "data-testid": "look",
      onclick: () => intend(this, "look", null),
    },
    icon("retry"),
    "Look for it another way",
  );
  readonly #note = h("p", { class: "thread-note", role: "status" });
  readonly #failure = new GhFailure();
  readonly #live = new GhLive();
  readonly #scroller = h("div", { class: "thread-scroll", tabindex: "0" });
  readonly #jump = h(
    "button",
    { type: "button", class: "thread-jump", onclick: () => this.follow() },
    icon("down"),
    "Latest",
  );
  readonly #elements = new Map<string, GhMessage | GhToolCard>();
  #following = true;
  #justOpened = true;
  #built = false;

  connectedCallback(): void {
    if (this.#built) return;
    this.#built = true;
    this.#scroller.setAttribute("role", "region");
    this.#scroller.setAttribute("aria-label", "Messages");
    this.#scroller.append(
      h(
        "div",
        { class: "thread" },
        this.#earlier,
        this.#items,
        this.#activity,
        this.#look,
        this.#note,
        this.#failure,
      ),
    );
    this.#scroller.addEventListener("scroll", () => this.#noticeScroll(), { passive: true });
    this.append(this.#scroller, this.#jump, this.#live);
    // Code blocks and fonts change heights after the fact.
    new ResizeObserver(() => this.#keepUp()).observe(this.#items);
  }

  /** Another chat: nothing of the last one stays, and the newest message is in view. */
  reset(): void {
    this.#elements.clear();
    this.#items.replaceChildren();
    this.#following = true;
    this.#justOpened = true;
  }

  /** Go to the newest message and stay there. */
  follow(): void {
    this.#following = true;
    this.#keepUp();
  }

  /** `note` is said when there is nothing else to show. */
  show(conversation: Conversation, author: string, note: string): void {
    setChildren(
      this.#items,
      conversation.items.map((item) => this.#element(item, author)),
    );
    setText(this.#earlier, earlierOf(conversation));
    this.#earlier.hidden = this.#earlier.textContent === "";
    this.#showActivity(conversation);
    setText(this.#note, noteOf(conversation) || note);
    this.#note.hidden = this.#note.textContent === "";
    this.#showFailure(conversation);
    this.#readOut();
    this.#keepUp();
  }

  #element(item: Item, author: string): Element {
    const key = keyOf(item);
    const there = this.#elements.get(key);
    if (item.kind === "tool") {
      const card = there instanceof GhToolCard ? there : new GhToolCard();
      this.#elements.set(key, card);
      card.show(item);
      return card;
    }
    const message = there instanceof GhMessage ? there : new GhMessage();
    this.#elements.set(key, message);
    message.show(item, author);
    return message;
  }

  #showActivity(conversation: Conversation): void {
    const text = activityOf(conversation);
    this.dataset["line"] = conversation.line;
    setText(this.#activity, text);
    this.#activity.hidden = text === "";
    this.#showLook(conversation);
  }

  /** The button stays while it is at work: one that goes leaves those without a mouse nowhere. */
  #showLook({ line, phase }: Conversation): void {
    const hadFocus = this.#look === document.activeElement;
    this.#look.hidden = phase.kind !== "running" || (line !== "late" && line !== "looking");
    this.#look.setAttribute("aria-disabled", String(line === "looking"));
    if (hadFocus && this.#look.hidden) this.#scroller.focus({ preventScroll: true });
  }

  #showFailure({ phase }: Conversation): void {
    const failed = phase.kind === "failed";
    if (failed) this.#failure.show(phase.problem, phase.again ? "retry" : null);
    this.#failure.hidden = !failed;
  }

  /** What is new is read out; what was there when the chat was opened is not. */
  #readOut(): void {
    for (const element of this.#elements.values()) {
      const news = element.unspoken();
      if (!this.#justOpened) this.#live.say(news);
    }
    this.#justOpened = false;
  }

  #noticeScroll(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.#following = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    this.#jump.hidden = this.#following;
  }

  #keepUp(): void {
    if (this.#following) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#noticeScroll();
  }
}

function activityOf({ phase, items, activity, line }: Conversation): string {
  if (phase.kind === "loading") return activity;
  if (phase.kind === "stopping") return "Stopping";
  if (phase.kind !== "running") return "";
  if (line !== "up") return LINES[line];
  const last = items.at(-1);
  const visible = last?.kind === "text" ? last.open && last.text !== "" : last?.kind === "tool";
  return activity || (visible ? "" : "Thinking");
}

function noteOf({ phase, notice }: Conversation): string {
  return notice === "" && phase.kind === "stopped" ? "You stopped this answer." : notice;
}

function earlierOf(conversation: Conversation): string {
  if (!conversation.partial) return "";
  return isBusy(conversation)
    ? "What was said before this is shown when the answer is finished."
    : "What was said before this is not shown here.";
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-thread": GhThread;
  }
}
