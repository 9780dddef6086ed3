/**
 * Puts a Markdown tree into the page by the smallest change: text that grew is appended to, what is
 * the same stays. So a selection survives while the answer is still being written.
 */
import { GhCode } from "../elements/gh-code.ts";
import type { Code, Element as Wanted, Node as WantedNode } from "./tree.ts";

/** `parent` holds exactly `wanted`. */
export function patch(parent: Element, wanted: readonly WantedNode[]): void {
  wanted.forEach((node, index) => {
    const there = parent.childNodes[index] ?? null;
    const kept = adapted(there, node);
    if (kept !== there) {
      if (there === null) parent.append(kept);
      else there.replaceWith(kept);
    }
  });
  while (parent.childNodes.length > wanted.length) parent.lastChild?.remove();
}

/** `there` made into what `node` asks for, or something new where that cannot be. */
function adapted(there: ChildNode | null, node: WantedNode): ChildNode {
  if (typeof node === "string") return text(there, node);
  return node.tag === "gh-code" ? code(there, node) : element(there, node);
}

function text(there: ChildNode | null, wanted: string): Text {
  if (!(there instanceof Text)) return document.createTextNode(wanted);
  if (wanted.startsWith(there.data)) {
    if (wanted.length > there.data.length) there.appendData(wanted.slice(there.data.length));
  } else {
    there.data = wanted;
  }
  return there;
}

function code(there: ChildNode | null, { language, text: source }: Code): GhCode {
  const block = there instanceof GhCode ? there : new GhCode();
  block.show(language, source);
  return block;
}

function element(there: ChildNode | null, { tag, attributes, children }: Wanted): HTMLElement {
  const same = there instanceof HTMLElement && there.localName === tag;
  const made = same ? there : document.createElement(tag);
  for (const name of made.getAttributeNames()) {
    if (!(name in attributes)) made.removeAttribute(name);
  }
  for (const [name, value] of Object.entries(attributes)) {
    if (made.getAttribute(name) !== value) made.setAttribute(name, value);
  }
  patch(made, children);
  return made;
}
