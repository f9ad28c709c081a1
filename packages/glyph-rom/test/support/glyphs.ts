import { GLYPH_WIDTH, glyphFor } from "../../src/index.ts";

/** The glyph of a one-character text, in the format of the font's source. */
export function picture(character: string): string[] {
  return glyphFor(codePoint(character)).rows.map((bits) =>
    bits.toString(2).padStart(GLYPH_WIDTH, "0").replaceAll("0", ".").replaceAll("1", "#"),
  );
}

/** Pixels in which two glyphs differ. */
export function difference(a: string, b: string): number {
  const [rowsA, rowsB] = [picture(a), picture(b)];
  const differs = (row: string, y: number): number =>
    Array.from(row).filter((pixel, x) => pixel !== rowsB[y]?.[x]).length;
  return rowsA.map((row, y) => differs(row, y)).reduce((sum, pixels) => sum + pixels);
}

export function codePoint(character: string): number {
  return character.codePointAt(0) ?? Number.NaN;
}
