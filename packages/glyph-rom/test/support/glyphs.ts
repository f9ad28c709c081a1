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
  const [rowsA, rowsB] = [rowsOf(a, font), rowsOf(b, font)];
  return rowsA.reduce((sum, row, y) => sum + countBits(row ^ (rowsB[y] ?? 0)), 0);
}

/** Rows by font and character: tests compare every pair of glyphs. */
const known = new Map<Font, Map<string, readonly number[]>>();

function rowsOf(character: string, font: Font): readonly number[] {
  const ofFont = known.get(font) ?? new Map<string, readonly number[]>();
  known.set(font, ofFont);
  const rows = ofFont.get(character) ?? font.glyphFor(codePoint(character)).rows;
  ofFont.set(character, rows);
  return rows;
}

function countBits(number: number): number {
  let count = 0;
  for (let rest = number; rest > 0; rest &= rest - 1) count++;
  return count;
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
