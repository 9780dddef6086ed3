/** Building elements without markup: names, attributes, listeners, children. */

type Value = string | boolean | ((event: Event) => void);
export type Child = Node | string | null;

/** `h("button", { type: "button", onclick: go }, "Go")`. A boolean sets or leaves out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Value>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.replace(/^on/, ""), value);
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Sets the text only where it differs, so that a screen reader is not told the same again. */
export function setText(target: Node, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** `parent` holds exactly `wanted`, in order; what is in place already is not touched. */
export function setChildren(parent: Element, wanted: readonly Element[]): void {
  wanted.forEach((child, index) => {
    const there = parent.children[index];
    if (there !== child) parent.insertBefore(child, there ?? null);
  });
  while (parent.children.length > wanted.length) parent.lastElementChild?.remove();
}
