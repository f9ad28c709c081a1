import { describe, expect, test } from "vitest";
import { tiny } from "../src/font/3x5.ts";
import { ascii as ascii5x7 } from "../src/font/5x7/ascii.ts";
import { cyrillic as cyrillic5x7 } from "../src/font/5x7/cyrillic.ts";
import { greek as greek5x7 } from "../src/font/5x7/greek.ts";
import { latin1 as latin5x7 } from "../src/font/5x7/latin1.ts";
import { symbols as symbols5x7 } from "../src/font/5x7/symbols.ts";
import { ascii as ascii8x13 } from "../src/font/8x13/ascii.ts";
import { cyrillic as cyrillic8x13 } from "../src/font/8x13/cyrillic.ts";
import { greek as greek8x13 } from "../src/font/8x13/greek.ts";
import { latin1 as latin8x13 } from "../src/font/8x13/latin1.ts";
import { symbols as symbols8x13 } from "../src/font/8x13/symbols.ts";
import { type Font, FONTS, fontOf, type FontName } from "../src/index.ts";
import { codePointsOf, picture } from "./support/glyphs.ts";

const sheets5x7 = { symbols: symbols5x7, ascii: ascii5x7, latin1: latin5x7 };
const sheets8x13 = { symbols: symbols8x13, ascii: ascii8x13, latin1: latin8x13 };

/** The sheets that each font is packed from, in order. */
const SHEETS: Readonly<Record<FontName, Readonly<Record<string, string>>>> = {
  "3x5": { tiny },
  "5x7": sheets5x7,
  "5x7-intl": { ...sheets5x7, greek: greek5x7, cyrillic: cyrillic5x7 },
  "8x13": sheets8x13,
  "8x13-intl": { ...sheets8x13, greek: greek8x13, cyrillic: cyrillic8x13 },
};

interface Band {
  readonly sheet: string;
  readonly lines: readonly string[];
  readonly names: readonly string[];
}

const bandsOf = (font: Font): Band[] =>
  Object.entries(SHEETS[font.name]).flatMap(([sheet, text]) =>
    text
      .trim()
      .split("\n\n")
      .map((band) => ({ sheet, lines: band.split("\n"), names: (band.split("\n")[0] ?? "").split(/ +/) })),
  );

const codePointOf = (name: string): number =>
  name.startsWith("U+") ? Number.parseInt(name.slice(2), 16) : (name.codePointAt(0) ?? 0);

describe.each(FONTS)("the drawn sheets of $name", (font) => {
  const bands = bandsOf(font);
  const pitch = Math.max(font.width + 2, 7);

  test.each(bands)("$sheet: $lines.0", ({ lines, names }) => {
    const heading = names.map((name) => name.padEnd(pitch)).join("");
    expect(lines[0]).toBe(heading.trimEnd());
    const rows = lines.slice(1);
    expect(rows).toHaveLength(font.height);
    const gap = " ".repeat(pitch - font.width);
    for (const row of rows) {
      const cells = row.split(gap);
      expect(cells).toHaveLength(names.length);
      for (const cell of cells) {
        expect(cell).toMatch(/^[.#]+$/);
        expect(cell).toHaveLength(font.width);
      }
    }
    for (const [i, name] of names.entries()) {
      const drawn = rows.map((row) => row.split(gap)[i]);
      expect(picture(String.fromCodePoint(codePointOf(name)), font)).toEqual(drawn);
    }
  });

  test("names are one character each, or U+ and four digits", () => {
    for (const { names } of bands) {
      for (const name of names) expect(name).toMatch(/^([!-~¡-￼]|U\+[0-9A-F]{4})$/);
    }
  });

  test("no code point is drawn twice, and no glyph lacks a sheet", () => {
    const codePoints = bands.flatMap(({ names }) => names.map((name) => codePointOf(name)));
    expect(new Set(codePoints)).toEqual(new Set(codePointsOf(font)));
    expect(codePoints).toHaveLength(codePointsOf(font).length);
  });

  test("the replacement is the first glyph, with index 0", () => {
    expect(bands[0]?.names[0]).toBe("U+FFFD");
    expect(font.glyphIndex(0xfffd)).toBe(0);
  });
});

test.each(["5x7", "8x13"] as const)("%s-intl has the glyphs of %s with the same indexes", (name) => {
  const [base, extended] = [fontOf(name), fontOf(`${name}-intl`)];
  for (const codePoint of codePointsOf(base)) {
    expect(extended.glyphIndex(codePoint)).toBe(base.glyphIndex(codePoint));
    expect(extended.glyphFor(codePoint)).toEqual(base.glyphFor(codePoint));
  }
});
