/** Markdown by lines: paragraphs, headings, lists, quotes, code, rules, tables. */
import { inline } from "./inline.ts";
import { tableAt } from "./table.ts";
import type { Node, Tag } from "./tree.ts";
import { element } from "./tree.ts";

const MAX_DEPTH = 6;
const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]{0,40})[^`]*$/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$/;
const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])( +|$)/;
/** In the middle of a paragraph "1. " begins a list, "2019. " does not. */
const INTERRUPTING_ITEM = /^ *(?:[-*+]|1[.)]) +\S/;

/** A block, and the line after it. */
interface Block {
  readonly node: Node;
  readonly next: number;
}

/** The blocks of `text`. Text that is still being written is read as far as it goes. */
export function markdown(text: string): readonly Node[] {
  return blocks(text.replaceAll("\t", "    ").split(/\r\n|\r|\n/), 0);
}

function blocks(lines: readonly string[], depth: number): readonly Node[] {
  const nodes: Node[] = [];
  for (let at = 0; at < lines.length;) {
    if (lines[at]?.trim() === "") {
      at += 1;
      continue;
    }
    const block =
      (depth < MAX_DEPTH ? blockAt(lines, at, depth) : null) ?? paragraph(lines, at, depth);
    nodes.push(block.node);
    at = block.next;
  }
  return nodes;
}

function blockAt(lines: readonly string[], at: number, depth: number): Block | null {
  const line = lines[at] ?? "";
  return (
    fence(lines, at) ??
    heading(line, at) ??
    (RULE.test(line) ? { node: element("hr"), next: at + 1 } : null) ??
    quote(lines, at, depth) ??
    list(lines, at, depth) ??
    tableAt(lines, at)
  );
}

function fence(lines: readonly string[], at: number): Block | null {
  const open = FENCE.exec(lines[at] ?? "");
  if (open === null) return null;
  const mark = open[1] ?? "```";
  let end = at + 1;
  while (end < lines.length && !closes(lines[end] ?? "", mark)) end += 1;
  const text = lines.slice(at + 1, end).join("\n");
  return { node: { tag: "gh-code", language: open[2] ?? "", text }, next: end + 1 };
}

function closes(line: string, mark: string): boolean {
  const text = line.trim();
  return text.length >= mark.length && text === mark.charAt(0).repeat(text.length);
}

function heading(line: string, at: number): Block | null {
  const match = HEADING.exec(line);
  if (match === null) return null;
  // The page's own headings are h1 and h2: an answer's begin below them.
  const level = Math.min(6, (match[1]?.length ?? 1) + 2);
  return { node: element(`h${level}` as Tag, inline(match[2] ?? "")), next: at + 1 };
}

function quote(lines: readonly string[], at: number, depth: number): Block | null {
  let next = at;
  while (QUOTE.test(lines[next] ?? "")) next += 1;
  if (next === at) return null;
  const inner = lines.slice(at, next).map((line) => line.replace(QUOTE, ""));
  return { node: element("blockquote", blocks(inner, depth + 1)), next };
}

function list(lines: readonly string[], at: number, depth: number): Block | null {
  const first = ITEM.exec(lines[at] ?? "");
  if (first === null) return null;
  const ordered = /\d/.test(first[2] ?? "");
  const indent = first[1]?.length ?? 0;
  const items: Node[] = [];
  let next = at;
  for (;;) {
    const item = ITEM.exec(lines[next] ?? "");
    const same = item !== null && Math.abs((item[1]?.length ?? 0) - indent) < 2;
    if (!same || /\d/.test(item[2] ?? "") !== ordered || RULE.test(lines[next] ?? "")) break;
    const end = itemEnd(lines, next, (item[1]?.length ?? 0) + 2);
    items.push(element("li", itemContent(lines.slice(next, end), item[0].length, depth)));
    next = end;
  }
  if (items.length === 0) return null;
  const start = Number.parseInt(first[2] ?? "1", 10);
  const attributes = ordered && start !== 1 ? { start: String(start) } : {};
  return { node: element(ordered ? "ol" : "ul", items, attributes), next };
}

/** The line after the item that begins at `at`: its text goes on while it is indented. */
function itemEnd(lines: readonly string[], at: number, indent: number): number {
  let next = at + 1;
  while (next < lines.length) {
    const line = lines[next] ?? "";
    if (line.trim() === "") {
      // A gap ends the item unless something indented, or the list itself, goes on after it.
      const after = lines[next + 1] ?? "";
      if (indentOf(after) < indent || after.trim() === "") return gapEnd(lines, next);
    } else if (indentOf(line) < indent && (ITEM.test(line) || startsBlock(line))) {
      return next;
    }
    next += 1;
  }
  return next;
}

/** A list that goes on after one empty line is one list; else the gap is not part of it. */
function gapEnd(lines: readonly string[], at: number): number {
  return ITEM.test(lines[at + 1] ?? "") ? at + 1 : at;
}

function itemContent(lines: readonly string[], width: number, depth: number): readonly Node[] {
  const inner = lines.map((line, index) =>
    index === 0 ? line.slice(width) : line.slice(Math.min(width, indentOf(line))),
  );
  const content = blocks(inner, depth + 1);
  const [first, ...rest] = content;
  // "- one" is a line, not a paragraph inside a list.
  const tight = typeof first === "object" && first.tag === "p" ? first.children : null;
  return tight === null ? content : [...tight, ...rest];
}

function paragraph(lines: readonly string[], at: number, depth: number): Block {
  let next = at + 1;
  while (next < lines.length) {
    const line = lines[next] ?? "";
    if (
      line.trim() === "" ||
      (depth < MAX_DEPTH && (startsBlock(line) || INTERRUPTING_ITEM.test(line)))
    )
      break;
    next += 1;
  }
  const text = lines
    .slice(at, next)
    .map((line) => line.trim())
    .join("\n");
  return { node: element("p", inline(text)), next };
}

const startsBlock = (line: string): boolean =>
  FENCE.test(line) || HEADING.test(line) || QUOTE.test(line) || RULE.test(line);

const indentOf = (line: string): number => line.length - line.trimStart().length;
