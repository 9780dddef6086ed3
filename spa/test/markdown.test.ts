import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { markdown } from "../src/markdown/blocks.ts";
import { safeHref } from "../src/markdown/inline.ts";
import type { Node } from "../src/markdown/tree.ts";
import { plainText } from "../src/markdown/tree.ts";
import { seeded } from "./bytes.ts";

/** The tree as one line, to compare by eye: p(Hello strong(you)). */
function shape(nodes: readonly Node[]): string {
  return nodes
    .map((node) => {
      if (typeof node === "string") return node;
      if (node.tag === "gh-code") return `code[${node.language}]<${node.text}>`;
      const href = node.attributes.href === undefined ? "" : `@${node.attributes.href}`;
      return `${node.tag}${href}(${shape(node.children)})`;
    })
    .join("");
}

function everyNode(nodes: readonly Node[]): readonly Node[] {
  return nodes.flatMap((node) =>
    typeof node === "string" || node.tag === "gh-code"
      ? [node]
      : [node, ...everyNode(node.children)],
  );
}

const links = (text: string): readonly string[] =>
  everyNode(markdown(text)).flatMap((node) =>
    typeof node === "object" && node.tag === "a" ? [node.attributes.href ?? ""] : [],
  );

describe("Markdown", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["paragraphs", "one\n\ntwo", "p(one)p(two)"],
    ["line breaks", "one\ntwo", "p(onebr()two)"],
    ["emphasis", "a **b** _c_ *d* __e__", "p(a strong(b) em(c) em(d) strong(e))"],
    ["nested emphasis", "**a *b* c** ***d***", "p(strong(a em(b) c) strong(em(d)))"],
    ["underscores inside a word", "read_note_file", "p(read_note_file)"],
    ["lonely asterisks", "2 * 3 * 4 and *", "p(2 * 3 * 4 and *)"],
    ["struck text", "~~old~~ new", "p(del(old) new)"],
    ["code", "`a *b*` and `` c`d ``", "p(code(a *b*) and code(c`d))"],
    ["an escaped character", "\\*no\\* \\`no\\` `yes`", "p(*no* `no` code(yes))"],
    ["headings below the page's own", "# One\n### Two", "h3(One)h5(Two)"],
    ["a rule", "a\n\n---\n\nb", "p(a)hr()p(b)"],
    ["a list", "- a\n- b", "ul(li(a)li(b))"],
    ["a list right after a line", "Look:\n- a\n1 b", "p(Look:)ul(li(abr()1 b))"],
    ["a numbered list", "1. a\n2. b", "ol(li(a)li(b))"],
    ["a list in a list", "- a\n  - b\n  - c\n- d", "ul(li(aul(li(b)li(c)))li(d))"],
    ["a list with gaps", "- a\n\n- b\n\nend", "ul(li(a)li(b))p(end)"],
    ["a paragraph in a list", "1. a\n\n   b\n2. c", "ol(li(ap(b))li(c))"],
    [
      "a year at the start of a line",
      "It was in\n2019. Was great",
      "p(It was inbr()2019. Was great)",
    ],
    ["a quote", "> a\n> b\n\nc", "blockquote(p(abr()b))p(c)"],
    ["a block of code", "```py\nx = '*'\n\ny\n```\nend", "code[py]<x = '*'\n\ny>p(end)"],
    ["a block of code still being written", "```js\nlet a", "code[js]<let a>"],
    ["a fence inside a longer fence", "````\n```\n````", "code[]<```>"],
    ["code in a list", "- a\n  ```\n  b\n  ```", "ul(li(acode[]<b>))"],
    ["a link", "[a](https://x.test/b)", "p(a@https://x.test/b(a))"],
    ["a link with brackets", "[a](https://x.test/b_(c))", "p(a@https://x.test/b_(c)(a))"],
    ["a bare address", "See https://x.test/a.", "p(See a@https://x.test/a(https://x.test/a).)"],
    ["a picture as a link", "![a](https://x.test/b)", "p(a@https://x.test/b(a))"],
    [
      "a table",
      "|a|b|\n|---|:-:|\n|1|*2*|\n|3|",
      "div(table(thead(tr(th(a)th(b)))tbody(tr(td(1)td(em(2)))tr(td(3)td()))))",
    ],
  ];
  for (const [name, text, expected] of cases) {
    test(`knows ${name}`, () => assert.equal(shape(markdown(text)), expected));
  }

  test("can be read out", () => {
    const text = "# A\n- *b*\n  - c\n\n`d` e\n\n|f|g|\n|-|-|\n|h|i|";

    assert.equal(plainText(markdown(text)), "A\nb\nc\nd e\nf, g, \nh, i,");
  });
});

describe("hostile text", () => {
  const attacks: readonly (readonly [string, string])[] = [
    ["a script", "<script>alert(1)</script>"],
    ["an event handler", "<img src=x onerror=alert(1)>"],
    ["a javascript link", "[x](javascript:alert(1))"],
    ["a javascript link in capitals", "[x](JaVaScRiPt:alert(1))"],
    ["a javascript link with a tab", "[x](java\tscript:alert(1))"],
    ["a javascript link with an entity", "[x](javascript&colon;alert(1))"],
    ["a data link", "[x](data:text/html,<script>alert(1)</script>)"],
    ["a vbscript link", "[x](vbscript:msgbox)"],
    ["a file link", "[x](file:///etc/passwd)"],
    ["a blob link", "[x](blob:https://x.test/1)"],
    ["a link without scheme", "[x](//evil.test)"],
    ["a link of this site", "[x](/auth/logout)"],
    ["a link that hides its host", "[bank](https://bank.test@evil.test/)"],
    ["a link with a control character", "[x](\u0001javascript:alert(1))"],
    ["an autolink", "<javascript:alert(1)>"],
  ];
  for (const [name, text] of attacks) {
    test(`${name} stays text`, () => {
      const nodes = everyNode(markdown(text));

      assert.deepEqual(links(text), []);
      assert.ok(nodes.every((node) => typeof node === "string" || ["p", "br"].includes(node.tag)));
    });
  }

  test("keeps a good link apart from a bad one in it", () => {
    assert.deepEqual(links("[a](javascript:1) [b](https://ok.test/)"), ["https://ok.test/"]);
  });

  test("every link opens apart, with no way back to this page", () => {
    const [anchor] = everyNode(markdown("https://ok.test")).filter(
      (node) => typeof node === "object" && node.tag === "a",
    );
    assert.ok(typeof anchor === "object" && anchor.tag !== "gh-code");

    assert.equal(anchor.attributes.rel, "noopener noreferrer");
    assert.equal(anchor.attributes.target, "_blank");
  });

  test("addresses are written as the browser will read them", () => {
    assert.equal(safeHref('https://ok.test/a b"c'), "https://ok.test/a%20b%22c");
    assert.equal(safeHref("https://"), null);
  });

  test("nothing but the closed set of elements and http links comes out of random text", () => {
    const alphabet = [
      "*",
      "_",
      "`",
      "```",
      "[",
      "](",
      ")",
      "<",
      ">",
      "\n",
      "\n\n",
      "- ",
      "1. ",
      "#",
      "|",
      "|-|",
      "\\",
      "~~",
      " ",
      "    ",
      "javascript:",
      "https://a.test",
      "a",
      "b",
      "&",
      '"',
      "'",
    ];
    for (let seed = 0; seed < 3000; seed += 1) {
      const random = seeded(seed);
      const text = Array.from(
        { length: 40 },
        () => alphabet[Math.floor(random() * alphabet.length)],
      );
      for (const href of links(text.join(""))) assert.match(href, /^https?:\/\/[^@]*$/);
    }
  });

  const endless: readonly (readonly [string, string])[] = [
    ["asterisks", "*a ".repeat(20_000)],
    ["pairs of asterisks", "**a ".repeat(20_000)],
    ["underscores", "_a ".repeat(20_000)],
    ["backticks of every length", Array.from({ length: 600 }, (_, n) => "`".repeat(n)).join(" ")],
    ["brackets", "[".repeat(50_000)],
    ["half links", "[a](".repeat(20_000)],
    ["addresses", "[a](http://a".repeat(10_000)],
    ["quotes in quotes", ">".repeat(50_000)],
    ["lists in lists", Array.from({ length: 400 }, (_, n) => `${" ".repeat(n * 2)}- a`).join("\n")],
    ["fences", "```\n".repeat(20_000)],
    ["dashes", "- ".repeat(30_000)],
    ["table rows", "|a|b|\n".repeat(20_000)],
    ["spaces", `# ${" ".repeat(50_000)}#x`],
    ["backslashes", "\\".repeat(50_000)],
  ];
  for (const [name, text] of endless) {
    test(`endless ${name} take no more than a moment`, { timeout: 4000 }, () => {
      const began = performance.now();
      markdown(text);

      assert.ok(performance.now() - began < 1500, `${performance.now() - began} ms`);
    });
  }
});
