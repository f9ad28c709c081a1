import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import * as face from "../src/index.ts";
import { FONTS, fontOf, type FontName } from "../src/index.ts";
import { codePointsOf } from "./support/glyphs.ts";

test.each([
  { name: "3x5", width: 3, height: 5, advance: 4, pitch: 6 },
  { name: "5x7", width: 5, height: 7, advance: 6, pitch: 8 },
  { name: "5x7-intl", width: 5, height: 7, advance: 6, pitch: 8 },
  { name: "8x13", width: 8, height: 13, advance: 8, pitch: 14 },
  { name: "8x13-intl", width: 8, height: 13, advance: 8, pitch: 14 },
] as const)("$name", (metrics) => {
  expect(fontOf(metrics.name)).toMatchObject(metrics);
});

test("fontOf finds every font, and refuses other names", () => {
  for (const font of FONTS) expect(fontOf(font.name)).toBe(font);
  for (const name of ["5X7", "", "6x8", "toString"]) {
    expect(() => fontOf(name as FontName)).toThrow(
      new RangeError(`expected the name of a font (3x5, 5x7, 5x7-intl, 8x13, 8x13-intl), got ${name}`),
    );
  }
});

test("5x7 is the font of the module's own functions", () => {
  const font = fontOf("5x7");
  const codePoints = Array.from({ length: 0x2300 }, (_, codePoint) => codePoint);
  expect(codePoints.map((codePoint) => font.glyphIndex(codePoint))).toEqual(codePoints.map(face.glyphIndex));
  expect(codePoints.map((codePoint) => font.hasGlyph(codePoint))).toEqual(codePoints.map(face.hasGlyph));
  const covered = codePointsOf(font);
  expect(covered.map((codePoint) => font.glyphFor(codePoint))).toEqual(covered.map(face.glyphFor));
});

describe.each(FONTS)("$name", (font) => {
  test("a glyph is `height` rows of `width` bits", () => {
    const wrong = codePointsOf(font).filter((codePoint) => {
      const { rows } = font.glyphFor(codePoint);
      return rows.length !== font.height || !rows.every((row) => row >= 0 && row < 2 ** font.width);
    });
    expect(wrong).toEqual([]);
  });

  test.each([-1, 0, 0x0a, 0x7f, 0x2200, 0xd800, 0xfffe, 0x1f600, 0x110000, 65.5, Infinity, NaN])(
    "%d has the replacement glyph",
    (codePoint) => {
      expect(font.glyphIndex(codePoint)).toBe(0);
      expect(font.hasGlyph(codePoint)).toBe(false);
      expect(font.glyphFor(codePoint)).toEqual(font.glyphFor(0xfffd));
    },
  );

  test("a character in place of its code point is a TypeError", () => {
    expect(() => font.glyphIndex("A" as unknown as number)).toThrow(TypeError);
    expect(() => font.hasGlyph("A" as unknown as number)).toThrow(TypeError);
    expect(() => font.glyphFor("A" as unknown as number)).toThrow(TypeError);
  });
});

// The packed fonts are arrays of bytes: only that of 5x7 exists before another font is used.
test("loading the module packs the font 5x7 only", () => {
  const script = `
    let arrays = 0;
    const from = Uint8Array.from;
    Uint8Array.from = (...items) => (arrays++, from.apply(Uint8Array, items));
    const { FONTS, fontOf, glyphFor } = await import("@gvpie/glyph-rom");
    glyphFor(65), fontOf("5x7").hasGlyph(65);
    const before = arrays;
    for (const font of FONTS) font.hasGlyph(65), font.hasGlyph(66);
    console.log(before, arrays);`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=@gvpie/source", "--input-type=module", "-e", script],
    { cwd: import.meta.dirname, encoding: "utf8" },
  );
  expect(stderr).toBe("");
  expect(stdout).toBe("1 5\n");
});
