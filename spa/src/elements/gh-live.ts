/** Long enough for every screen reader to notice a line, in milliseconds. */
const STAY_MS = 10_000;

/** What a screen reader reads out: added line by line, never a sentence in pieces. */
export class GhLive extends HTMLElement {
  connectedCallback(): void {
    this.classList.add("visually-hidden");
    this.setAttribute("role", "log");
    this.setAttribute("aria-live", "polite");
    this.setAttribute("aria-label", "Announcements");
  }

  say(text: string): void {
    if (text === "") return;
    const line = document.createElement("p");
    line.textContent = text;
    this.append(line);
    // Only additions are read out. What was read is in the chat: here it would be there twice.
    setTimeout(() => line.remove(), STAY_MS);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "gh-live": GhLive;
  }
}
