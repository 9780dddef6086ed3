/**
 * What Markdown becomes: a small tree of a closed set of elements. There is no way to spell any
 * other element, or an attribute of another name, so hostile text can only ever be text.
 */
export type Node = string | Element | Code;

export type Tag =
  | "p"
  | "h3"
  | "h4"
  | "h5"
  | "h6"
  | "ul"
  | "ol"
  | "li"
  | "blockquote"
  | "hr"
  | "br"
  | "strong"
  | "em"
  | "del"
  | "code"
  | "a"
  | "div"
  | "table"
  | "thead"
  | "tbody"
  | "tr"
  | "th"
  | "td";

export type Attribute = "href" | "title" | "rel" | "target" | "start" | "class";

export interface Element {
  readonly tag: Tag;
  readonly attributes: { readonly [A in Attribute]?: string };
  readonly children: readonly Node[];
}

/** A block of code. It has an element of its own, with a button that copies it. */
export interface Code {
  readonly tag: "gh-code";
  readonly language: string;
  readonly text: string;
}

export function element(
  tag: Tag,
  children: readonly Node[] = [],
  attributes: Element["attributes"] = {},
): Element {
  return { tag, attributes, children };
}

/** The text of `nodes` as it would be read out. */
export function plainText(nodes: readonly Node[]): string {
  return spoken(nodes)
    .replace(/\n{2,}/g, "\n")
    .trim();
}

function spoken(nodes: readonly Node[]): string {
  return nodes
    .map((node) => {
      if (typeof node === "string") return node;
      if (node.tag === "gh-code") return `\nCode: ${node.text}\n`;
      const text = spoken(node.children);
      if (node.tag === "th" || node.tag === "td") return `${text}, `;
      return WITHIN_A_LINE.has(node.tag) ? text : `\n${text}\n`;
    })
    .join("");
}

const WITHIN_A_LINE: ReadonlySet<Tag> = new Set(["strong", "em", "del", "code", "a"]);
