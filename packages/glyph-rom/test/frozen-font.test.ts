// The fonts are part of the language, an input of every cartridge's proof: a glyph that changes, is added or is removed makes
// cartridges unreproducible that were verified before.
import {
  type Font,
  fontOf,
  GLYPH_ADVANCE,
  GLYPH_HEIGHT,
  GLYPH_WIDTH,
  glyphFor,
  hasGlyph,
  measureText,
} from "@gvpie/glyph-rom";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { publishFont } from "../examples/publish-font.ts";

const DOCS = new URL("../../../docs/", import.meta.url);

/**
 * The SHA-256 of each published font, also printed in the page beside it. A change of a font needs a new version of the
 * language and a new file.
 */
const PUBLISHED = [
  {
    name: "5x7",
    language: "1",
    page: "language.md",
    sha256: "f1ce336c17be315d8f4fbaf3f929f320cf4672634477322086958a2c41a33678",
  },
  {
    name: "3x5",
    language: "2",
    page: "language-drawing.md",
    sha256: "769d33b52e8b46f81c60accab7bd69514656eebde480b7fe54ec114221ba3fb7",
  },
  {
    name: "5x7-intl",
    language: "2",
    page: "language-drawing.md",
    sha256: "3c62c80e9312df25d1f939d14f47adecee1e9d110a6e777be8cc74cf03d29476",
  },
  {
    name: "8x13",
    language: "2",
    page: "language-drawing.md",
    sha256: "1e55c3ee7a0ad484f85dadafd8a895fba846d0630ab6208e5d8c2ebc61c6fcd7",
  },
  {
    name: "8x13-intl",
    language: "2",
    page: "language-drawing.md",
    sha256: "38831ceac7c2306673d168d61daaab70649b5f4d8d46051d7205666c24cf7023",
  },
] as const;

interface Published {
  readonly language: string;
  readonly width: number;
  readonly height: number;
  readonly advance: number;
  /** Absent in version 1, which has one line of text only. */
  readonly pitch?: number;
  readonly replacement: string;
  readonly glyphs: Readonly<Record<string, string>>;
}

const read = (name: string) => readFileSync(new URL(`font-${name}.json`, DOCS));
const hex = (rows: readonly number[]) => rows.map((row) => row.toString(16).padStart(2, "0")).join(" ");
const nameOf = (codePoint: number) => `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`;

describe.each(PUBLISHED)("$name", ({ name, language, page, sha256 }) => {
  const file = read(name);
  const published = JSON.parse(file.toString()) as Published;

  test(`the published font is frozen: its hash is the one in this test and in docs/${page}`, () => {
    expect(createHash("sha256").update(file).digest("hex")).toBe(sha256);
    expect(readFileSync(new URL(page, DOCS), "utf8")).toContain(sha256);
    expect(published.language).toBe(language);
  });

  test("every code point draws the glyph of the published font, or its replacement", () => {
    const font: Font = fontOf(name);
    const { width, height, advance, pitch = 8, replacement, glyphs } = published;
    expect([width, height, advance, pitch]).toEqual([font.width, font.height, font.advance, font.pitch]);
    const drawn: Record<string, string> = {};
    const wrong: string[] = [];
    for (let codePoint = 0; codePoint <= 0x10_ff_ff; codePoint++) {
      if (font.hasGlyph(codePoint)) {
        drawn[nameOf(codePoint)] = hex(font.glyphFor(codePoint).rows);
      } else if (font.glyphIndex(codePoint) !== 0) {
        wrong.push(nameOf(codePoint));
      }
    }
    expect(drawn).toEqual(glyphs);
    expect(wrong).toEqual([]);
    expect([glyphs["U+FFFD"], hex(font.glyphFor(0x10_ff_ff).rows)]).toEqual([replacement, replacement]);
  });
});

test("the functions of version 1 draw the published font 5x7", () => {
  const { width, height, advance, glyphs } = JSON.parse(read("5x7").toString()) as Published;
  expect([width, height, advance]).toEqual([GLYPH_WIDTH, GLYPH_HEIGHT, GLYPH_ADVANCE]);
  expect(measureText("ab")).toEqual({ width: 2 * advance - 1, height, glyphs: 2 });
  const drawn = Array.from({ length: 0x11_00_00 }, (_, codePoint) => codePoint)
    .filter((codePoint) => hasGlyph(codePoint))
    .map((codePoint) => [nameOf(codePoint), hex(glyphFor(codePoint).rows)]);
  expect(Object.fromEntries(drawn)).toEqual(glyphs);
});

test.each(PUBLISHED.filter(({ language }) => language === "2"))(
  "examples/publish-font.ts prints the published font $name",
  ({ name }) => {
    expect(publishFont(fontOf(name))).toBe(read(name).toString());
  },
);
