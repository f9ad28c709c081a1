import { type Font, fontOf } from "../../src/index.ts";

const DEFAULT = fontOf("5x7");

/** The glyph of a one-character text, in the format of the font's source. */
export function picture(character: string, font: Font = DEFAULT): string[] {
  return font
    .glyphFor(codePoint(character))
    .rows.map((bits) => bits.toString(2).padStart(font.width, "0").replaceAll("0", ".").replaceAll("1", "#"));
}

/** Pixels in which two glyphs differ. */
export function difference(a: string, b: string, font: Font = DEFAULT): number {
  const [rowsA, rowsB] = [picture(a, font), picture(b, font)];
  const differs = (row: string, y: number): number =>
    Array.from(row).filter((pixel, x) => pixel !== rowsB[y]?.[x]).length;
  return rowsA.map((row, y) => differs(row, y)).reduce((sum, pixels) => sum + pixels);
}

export function codePoint(character: string): number {
  return character.codePointAt(0) ?? Number.NaN;
}

/** The code points that have a glyph, in order. No font has any beyond the Basic Multilingual Plane. */
export function codePointsOf(font: Font): number[] {
  return Array.from({ length: 0x10000 }, (_, codePoint) => codePoint).filter((codePoint) =>
    font.hasGlyph(codePoint),
  );
}
