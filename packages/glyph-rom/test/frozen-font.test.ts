// The font is part of the language, an input of every cartridge's proof: a glyph that changes, is added or is removed makes
// cartridges unreproducible that were verified before.
import { GLYPH_ADVANCE, GLYPH_HEIGHT, GLYPH_WIDTH, glyphFor, hasGlyph, measureText } from "@gvpie/glyph-rom";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const DOCS = new URL("../../../docs/", import.meta.url);
/** The SHA-256 of docs/font-5x7.json. A change of the font needs a new version of the language and a new file. */
const SHA256 = "f1ce336c17be315d8f4fbaf3f929f320cf4672634477322086958a2c41a33678";

const file = readFileSync(new URL("font-5x7.json", DOCS));
const published: {
  readonly language: string;
  readonly width: number;
  readonly height: number;
  readonly advance: number;
  readonly replacement: string;
  readonly glyphs: Readonly<Record<string, string>>;
} = JSON.parse(file.toString());

const hex = (rows: readonly number[]) => rows.map((row) => row.toString(16).padStart(2, "0")).join(" ");
const nameOf = (codePoint: number) => `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`;

test("the published font of language version 1 is frozen: its hash is the one in this test and in docs/language.md", () => {
  expect(createHash("sha256").update(file).digest("hex")).toBe(SHA256);
  expect(readFileSync(new URL("language.md", DOCS), "utf8")).toContain(SHA256);
  expect(published.language).toBe("1");
});

test("every code point draws the glyph of the published font, or its replacement", () => {
  const { width, height, advance, replacement, glyphs } = published;
  expect([width, height, advance]).toEqual([GLYPH_WIDTH, GLYPH_HEIGHT, GLYPH_ADVANCE]);
  expect(measureText("ab")).toEqual({ width: 2 * advance - 1, height, glyphs: 2 });
  const drawn: Record<string, string> = {};
  const wrong: string[] = [];
  for (let codePoint = 0; codePoint <= 0x10_ff_ff; codePoint++) {
    const rows = hex(glyphFor(codePoint).rows);
    if (hasGlyph(codePoint)) {
      drawn[nameOf(codePoint)] = rows;
    } else if (rows !== replacement) {
      wrong.push(nameOf(codePoint));
    }
  }
  expect(drawn).toEqual(glyphs);
  expect(wrong).toEqual([]);
  expect(glyphs["U+FFFD"]).toBe(replacement);
});
