/** Tables: a row of cells, a row of dashes, more rows (GitHub Flavored Markdown §4.10). */
import { inline } from "./inline.ts";
import type { Node, Tag } from "./tree.ts";
import { element } from "./tree.ts";

const DELIMITER_CELL = /^:?-{1,200}:?$/;

/** The table whose head is the line at `at`, and the line after it; null when there is none. */
export function tableAt(
  lines: readonly string[],
  at: number,
): { readonly node: Node; readonly next: number } | null {
  const head = lines[at] ?? "";
  if (!head.includes("|")) return null;
  const columns = cells(head);
  const dashes = cells(lines[at + 1] ?? "");
  const fits =
    dashes.length === columns.length && dashes.every((cell) => DELIMITER_CELL.test(cell));
  if (!fits) return null;
  let next = at + 2;
  while ((lines[next] ?? "").includes("|")) next += 1;
  const rows = lines.slice(at + 2, next).map((line) => row("td", cells(line), columns.length));
  const table = element("table", [
    element("thead", [row("th", columns, columns.length)]),
    element("tbody", rows),
  ]);
  return { node: element("div", [table], { class: "table" }), next };
}

function cells(line: string): readonly string[] {
  const inner = line.trim().replace(/^\|/, "").replace(/\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function row(tag: Tag, texts: readonly string[], columns: number): Node {
  const all = Array.from({ length: columns }, (_, index) => texts[index] ?? "");
  return element(
    "tr",
    all.map((text) => element(tag, inline(text))),
  );
}
