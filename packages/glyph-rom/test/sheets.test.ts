import { describe, expect, test } from "vitest";
import { ascii } from "../src/font/ascii.ts";
import { latin1 } from "../src/font/latin1.ts";
import { symbols } from "../src/font/symbols.ts";
import { GLYPH_COUNT } from "../src/index.ts";
import { picture } from "./support/glyphs.ts";

const sheets = { ascii, latin1, symbols };
const bands = Object.entries(sheets).flatMap(([sheet, text]) =>
  text
    .trim()
    .split("\n\n")
    .map((band) => ({ sheet, lines: band.split("\n"), names: (band.split("\n")[0] ?? "").split(/ +/) })),
);

const codePointOf = (name: string): number =>
  name.startsWith("U+") ? Number.parseInt(name.slice(2), 16) : (name.codePointAt(0) ?? 0);

describe("the drawn sheets", () => {
  test.each(bands)("$sheet: $lines.0", ({ lines, names }) => {
    const heading = names.map((name) => name.padEnd(7)).join("");
    expect(lines[0]).toBe(heading.trimEnd());
    const rows = lines.slice(1);
    expect(rows).toHaveLength(7);
    for (const row of rows) {
      const cells = row.split("  ");
      expect(cells).toHaveLength(names.length);
      for (const cell of cells) expect(cell).toMatch(/^[.#]{5}$/);
    }
    for (const [i, name] of names.entries()) {
      const drawn = rows.map((row) => row.split("  ")[i]);
      expect(picture(String.fromCodePoint(codePointOf(name)))).toEqual(drawn);
    }
  });

  test("names are one character each, or U+ and four digits", () => {
    for (const { names } of bands) {
      for (const name of names) expect(name).toMatch(/^([!-~¡-￼]|U\+[0-9A-F]{4})$/);
    }
  });

  test("no code point is drawn twice", () => {
    const codePoints = bands.flatMap(({ names }) => names.map((name) => codePointOf(name)));
    expect(new Set(codePoints).size).toBe(codePoints.length);
    expect(codePoints).toHaveLength(GLYPH_COUNT);
  });

  test("the replacement is the first glyph, with index 0", () => {
    expect(symbols.trim().startsWith("U+FFFD")).toBe(true);
  });
});
