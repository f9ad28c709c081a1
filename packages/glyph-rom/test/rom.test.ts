import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  GLYPH_ADVANCE,
  GLYPH_COUNT,
  GLYPH_HEIGHT,
  GLYPH_ROWS,
  GLYPH_WIDTH,
  glyphFor,
  glyphIndex,
  hasGlyph,
  REPLACEMENT_INDEX,
} from "../src/index.ts";
import { codePoint, picture } from "./support/glyphs.ts";

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

const covered = [
  ...range(0x20, 0x7e),
  ...range(0xa0, 0xff),
  ...Array.from("–—‘’‚“”„•…€←↑→↓\uFFFD", (character) => codePoint(character)),
];

describe("coverage", () => {
  test("is exactly printable ASCII, Latin-1, typographic punctuation, euro, arrows and the replacement", () => {
    const found = range(0, 0x10ffff).filter((codePoint) => hasGlyph(codePoint));
    expect(found).toEqual(covered.toSorted((a, b) => a - b));
  });

  test("every covered code point has its own index", () => {
    const indexes = covered.map((codePoint) => glyphIndex(codePoint));
    expect(indexes.toSorted((a, b) => a - b)).toEqual(range(0, GLYPH_COUNT - 1));
  });
});

describe("lookup", () => {
  test("a glyph is seven rows of five bits", () => {
    expect({ GLYPH_WIDTH, GLYPH_HEIGHT, GLYPH_ADVANCE }).toEqual({
      GLYPH_WIDTH: 5,
      GLYPH_HEIGHT: 7,
      GLYPH_ADVANCE: 6,
    });
    expect(GLYPH_ROWS).toHaveLength(GLYPH_COUNT * GLYPH_HEIGHT);
    expect(GLYPH_ROWS.every((row) => row < 1 << GLYPH_WIDTH)).toBe(true);
  });

  test("glyphFor returns the packed rows, bit 4 leftmost", () => {
    for (const codePoint of covered) {
      const { rows } = glyphFor(codePoint);
      const start = glyphIndex(codePoint) * GLYPH_HEIGHT;
      expect(rows).toEqual(Array.from(GLYPH_ROWS.subarray(start, start + GLYPH_HEIGHT)));
    }
    expect(glyphFor(codePoint("L")).rows).toEqual([16, 16, 16, 16, 16, 16, 31]);
  });

  test.each([
    -1,
    0,
    0x0a,
    0x1f,
    0x7f,
    0x9f,
    0x100,
    0x21ff,
    0x2200,
    0xd800,
    0xfffe,
    0x1f600,
    0x10ffff,
    0x110000,
    2 ** 32 + 65,
    65.5,
    Infinity,
    NaN,
  ])("%d has the replacement glyph", (codePoint) => {
    expect(glyphIndex(codePoint)).toBe(REPLACEMENT_INDEX);
    expect(hasGlyph(codePoint)).toBe(false);
    expect(glyphFor(codePoint)).toEqual(glyphFor(0xfffd));
  });

  test("any number gets an index inside the rows", () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double(), fc.nat(0x10ffff)), (number) => {
        const index = glyphIndex(number);
        expect(Number.isInteger(index) && index >= 0 && index < GLYPH_COUNT).toBe(true);
        expect(glyphFor(number).codePoint).toBe(hasGlyph(number) ? number : 0xfffd);
      }),
    );
  });

  test("changing a returned glyph does not change the font", () => {
    const mine = glyphFor(codePoint("A")).rows as number[];
    mine.fill(0);
    expect(picture("A")[0]).toBe(".###.");
  });
});
