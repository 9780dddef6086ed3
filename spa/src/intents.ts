/** What a person wants, as typed DOM events: an element says it, whoever can do it listens. */

export interface Intents {
  readonly send: { readonly text: string };
  readonly stop: null;
  readonly retry: null;
  readonly look: null;
  readonly "choose-agent": { readonly name: string };
  readonly "new-chat": null;
  readonly "open-chat": { readonly id: string };
  readonly "forget-chat": { readonly id: string; readonly title: string };
  readonly "log-out": null;
  readonly "show-sessions": null;
  readonly "toggle-list": null;
  readonly "try-again": null;
}

export function intend<K extends keyof Intents>(from: Element, name: K, detail: Intents[K]): void {
  from.dispatchEvent(new CustomEvent(`gh:${name}`, { bubbles: true, detail }));
}

export function onIntent<K extends keyof Intents>(
  at: Element,
  name: K,
  act: (detail: Intents[K]) => void,
): void {
  at.addEventListener(`gh:${name}`, (event) => act((event as CustomEvent<Intents[K]>).detail));
}
