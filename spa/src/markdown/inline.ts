/** Markdown inside a line: emphasis, code, links. Every scan is bounded: no input is slow. */
import type { Node, Tag } from "./tree.ts";
import { element } from "./tree.ts";

const MAX_DEPTH = 6;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
/** [label](address "title"); the address may hold pairs of parentheses. */
const LINK =
  /!?\[([^[\]]{1,500})\]\(\s{0,9}<?([^\s()<>]{1,2000}(?:\([^\s()<>]{0,500}\)[^\s()<>]{0,500}){0,4})>?(?:\s{1,9}"[^"]{0,300}")?\s{0,9}\)/y;
const BARE_URL = /https?:\/\/[^\s<>"'`*]{1,2000}/y;
const DELIMITERS: readonly (readonly [string, Tag])[] = [
  ["**", "strong"],
  ["__", "strong"],
  ["~~", "del"],
  ["*", "em"],
  ["_", "em"],
];

/** One construct found at a position, and where it ends. */
interface Found {
  readonly node: Node;
  readonly end: number;
}

/** The nodes of `text`. Line breaks stay line breaks, as people expect in a chat. */
export function inline(text: string, depth = 0): readonly Node[] {
  const scan = new Scan(text, depth);
  return scan.nodes();
}

class Scan {
  readonly #text: string;
  readonly #depth: number;
  /** Delimiters known to have no closing partner further on: never looked for twice. */
  readonly #unclosed = new Set<string>();
  readonly #out: Node[] = [];
  #plain = "";

  constructor(text: string, depth: number) {
    this.#text = text;
    this.#depth = depth;
  }

  nodes(): readonly Node[] {
    for (let at = 0; at < this.#text.length;) {
      const found = this.#at(at);
      if (found === null) {
        this.#plain += this.#text.charAt(at);
        at += 1;
      } else {
        this.#flush();
        this.#push(found.node);
        at = found.end;
      }
    }
    this.#flush();
    return this.#out;
  }

  #push(node: Node): void {
    if (typeof node === "string") this.#plain += node;
    else this.#out.push(node);
  }

  #flush(): void {
    if (this.#plain !== "") this.#out.push(this.#plain);
    this.#plain = "";
  }

  #at(at: number): Found | null {
    switch (this.#text.charAt(at)) {
      case "\n":
        return { node: element("br"), end: at + 1 };
      case "\\":
        return this.#escaped(at);
      case "`":
        return this.#code(at);
      case "!":
      case "[":
        return this.#link(at);
      case "h":
        return this.#bareUrl(at);
      case "*":
      case "_":
      case "~":
        return this.#emphasis(at);
      default:
        return null;
    }
  }

  #escaped(at: number): Found | null {
    const next = this.#text.charAt(at + 1);
    return PUNCTUATION.test(next) ? { node: next, end: at + 2 } : null;
  }

  #code(at: number): Found | null {
    const fence = /`+/y;
    fence.lastIndex = at;
    const ticks = fence.exec(this.#text)?.[0] ?? "`";
    for (let from = at + ticks.length; ;) {
      const close = this.#text.indexOf(ticks, from);
      if (close < 0) break;
      fence.lastIndex = close;
      const length = fence.exec(this.#text)?.[0].length ?? 0;
      if (length === ticks.length) return this.#codeBetween(at + length, close, length);
      from = close + length;
    }
    return { node: ticks, end: at + ticks.length };
  }

  #codeBetween(start: number, close: number, ticks: number): Found {
    const raw = this.#text.slice(start, close).replaceAll("\n", " ");
    const padded = raw.startsWith(" ") && raw.endsWith(" ") && raw.trim() !== "";
    return { node: element("code", [padded ? raw.slice(1, -1) : raw]), end: close + ticks };
  }

  #link(at: number): Found | null {
    LINK.lastIndex = at;
    const match = LINK.exec(this.#text);
    if (match === null || this.#depth >= MAX_DEPTH) return null;
    const [whole, label = "", target = ""] = match;
    const href = safeHref(target);
    if (href === null) return null;
    return { node: anchor(href, inline(label, MAX_DEPTH)), end: at + whole.length };
  }

  #bareUrl(at: number): Found | null {
    // Only where a word may begin: "blob:https://…" is no address of ours.
    const begins = /^[\s(<["'*_~|]?$/.test(this.#text.charAt(at - 1));
    if (this.#depth >= MAX_DEPTH || !begins) return null;
    BARE_URL.lastIndex = at;
    const shown = BARE_URL.exec(this.#text)?.[0].replace(/[.,;:!?)\]]{1,9}$/, "");
    const href = shown === undefined ? null : safeHref(shown);
    if (shown === undefined || href === null) return null;
    return { node: anchor(href, [shown]), end: at + shown.length };
  }

  #emphasis(at: number): Found | null {
    const found = DELIMITERS.find(([delimiter]) => this.#text.startsWith(delimiter, at));
    if (found === undefined || this.#depth >= MAX_DEPTH) return null;
    const [delimiter, tag] = found;
    const start = at + delimiter.length;
    const inWord = delimiter.startsWith("_") && /\w/.test(this.#text.charAt(at - 1));
    if (inWord || /^\s?$/.test(this.#text.charAt(start))) return null;
    const close = this.#closing(delimiter, start);
    if (close < 0) return null;
    const children = inline(this.#text.slice(start, close), this.#depth + 1);
    return { node: element(tag, children), end: close + delimiter.length };
  }

  #closing(delimiter: string, start: number): number {
    if (this.#unclosed.has(delimiter)) return -1;
    for (let at = start + 1; ; at += 1) {
      at = this.#text.indexOf(delimiter, at);
      if (at < 0) break;
      // Of "***" the inner asterisk belongs to the emphasis inside.
      while (delimiter.length > 1 && this.#text.startsWith(delimiter, at + 1)) at += 1;
      if (this.#closes(delimiter, at)) return at;
    }
    this.#unclosed.add(delimiter);
    return -1;
  }

  #closes(delimiter: string, at: number): boolean {
    const [before, after] = [this.#text.charAt(at - 1), this.#text.charAt(at + delimiter.length)];
    if (/\s/.test(before) || before === "\\") return false;
    if (delimiter.startsWith("_")) return !/\w/.test(after);
    // A single "*" must not close at one half of a "**".
    return delimiter.length > 1 || (before !== delimiter && after !== delimiter);
  }
}

/** `raw` as an address a link may have: http and https alone, and no name before the host. */
export function safeHref(raw: string): string | null {
  if (!/^https?:\/\//i.test(raw)) return null;
  try {
    const url = new URL(raw);
    // "https://bank.example@evil.example" shows one host and leads to another.
    return url.username === "" && url.password === "" ? url.href : null;
  } catch {
    return null;
  }
}

/** The address is in the tooltip, since the words of a link may say anything. */
function anchor(href: string, children: readonly Node[]): Node {
  return element("a", children, {
    href,
    title: href,
    rel: "noopener noreferrer",
    target: "_blank",
  });
}
