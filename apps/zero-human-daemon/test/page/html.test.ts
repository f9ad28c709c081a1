import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, test } from "vitest";
import { exact, html } from "../../src/page/html.ts";
import { lineDiff } from "../../src/page/line-diff.ts";
import { distanceText, durationText } from "../../src/page/format.ts";
import { missingScripts } from "../../src/page/script-files.ts";

describe("html", () => {
  test.each([
    ["<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
    [`" onload='x' a="`, "&quot; onload=&#39;x&#39; a=&quot;"],
    ["&lt;", "&amp;lt;"],
    ["\u202egnp.exe", "\\u{202e}gnp.exe"],
    ["a\0b\u0007c", "a␀b␇c"],
    ["a\nb", "a␊b"],
    ["\ud800", "\\u{d800}"],
    ["Ünïcödé 漢字 🐈", "Ünïcödé 漢字 🐈"],
  ])("makes %j text, in elements and attributes", (text, shown) => {
    expect(html`<a title="${text}">${text}</a>`.toString()).toBe(`<a title="${shown}">${shown}</a>`);
  });

  test("keeps markup, joins lists, and leaves out what is missing", () => {
    const items = ["a", "<"].map((item) => html`<li>${item}</li>`);
    expect(
      html`<ul>
        ${items}${undefined}${null}${false}${0}${12n}
      </ul>`
        .toString()
        .replaceAll(/\s{2,}/g, ""),
    ).toBe("<ul><li>a</li><li>&lt;</li>012</ul>");
  });

  test("refuses a value without quotes, which a space would end", () => {
    const name = "a onload=alert(1)";
    expect(() => html`<a title=${name}></a>`).toThrow("expected a quoted attribute");
  });

  test("exact keeps characters that a form sends back", () => {
    expect(html`<input value="${exact("a\u202e<")}" />`.toString()).toBe('<input value="a\u202e&lt;" />');
  });
});

describe("lineDiff", () => {
  const shown = (before: string, after: string) =>
    lineDiff(before, after).map(
      ({ type, text }) => `${{ same: " ", added: "+", removed: "-", gap: "~" }[type]}${text}`,
    );

  test("shows changes with three lines around them", () => {
    const lines = Array.from({ length: 12 }, (_, i) => String(i));
    const changed = lines.with(6, "six");
    expect(shown(lines.join("\n"), changed.join("\n"))).toEqual([
      "~…",
      " 3",
      " 4",
      " 5",
      "-6",
      "+six",
      " 7",
      " 8",
      " 9",
      "~…",
    ]);
  });

  test("finds lines that moved in between", () => {
    expect(shown("a\nb\nc\nd", "a\nx\nc\ny\nd")).toEqual([" a", "-b", "+x", " c", "+y", " d"]);
  });

  test("replaces what is too long to compare, in bounded time", () => {
    const before = Array.from({ length: 30_000 }, (_, i) => `a${i}`).join("\n");
    const after = Array.from({ length: 30_000 }, (_, i) => `b${i}`).join("\n");
    expect(lineDiff(before, after)).toHaveLength(60_000);
  });

  test.each([
    ["a", ""],
    ["", "a"],
    ["a\n", "a"],
    ["a\nb\nc", "c\nb\na"],
  ])("of %j and %j holds both", (before, after) => {
    const lines = lineDiff(before, after);
    const without = (type: string) => lines.filter((line) => line.type !== type).map(({ text }) => text);
    expect(without("added").join("\n")).toBe(before);
    expect(without("removed").join("\n")).toBe(after);
  });
});

test.each([
  [0, "0 ms"],
  [999, "999 ms"],
  [1_200, "1.2 s"],
  [59_999, "59 s"],
  [90_000, "1 min 30 s"],
  [7_200_000, "2 h"],
  [90_000_000, "1 d 1 h"],
])("%d ms are %s", (ms, text) => expect(durationText(ms)).toBe(text));

test.each([
  [0, "now"],
  [-5_000, "5 s ago"],
  [65_000, "in 65 s"],
  [130_000, "in 2 min"],
  [-7_200_000, "2 h ago"],
  [-200_000_000, "2 days ago"],
])("a time %d ms from now is %s", (ms, text) => expect(distanceText(1e12 + ms, 1e12)).toBe(text));

test("a value that looks like an attribute without quotes is text", () => {
  expect(html`<dd>${"a b"}=${"c d="}${1}</dd>`.toString()).toBe("<dd>a b=c d=1</dd>");
});

test("a checkout whose page was never built says what to run", () => {
  expect(missingScripts([temporaryDirectory()])).toMatch(/: run npm start, or node \S+build-page\.mjs$/);
});
