import type { PackedFont } from "./pack.ts";
import type { Glyph } from "./types.ts";

/** Index of the glyph that replaces every code point without a glyph, in every font. */
export const REPLACEMENT_INDEX = 0;

const REPLACEMENT_CHARACTER = 0xfffd;

/** Returns the index of a code point's glyph; see `Font.glyphIndex`. */
export function indexIn(font: PackedFont, codePoint: number): number {
  if (typeof codePoint !== "number") throw notANumber(codePoint);
  return font.indexes[codePoint] ?? REPLACEMENT_INDEX;
}

/** True if the font has a glyph for the code point; see `Font.hasGlyph`. */
export function isIn(font: PackedFont, codePoint: number): boolean {
  return indexIn(font, codePoint) !== REPLACEMENT_INDEX || codePoint === REPLACEMENT_CHARACTER;
}

/** Returns the glyph that is drawn for a code point; see `Font.glyphFor`. */
export function glyphIn(font: PackedFont, height: number, codePoint: number): Glyph {
  const start = indexIn(font, codePoint) * height;
  return {
    codePoint: isIn(font, codePoint) ? codePoint : REPLACEMENT_CHARACTER,
    rows: [...font.rows.subarray(start, start + height)],
  };
}

function notANumber(value: unknown): TypeError {
  const found = typeof value === "string" ? `the string ${JSON.stringify(value.slice(0, 20))}` : typeof value;
  const hint = typeof value === "string" ? "; pass character.codePointAt(0)" : "";
  return new TypeError(`expected a code point as a number, got ${found}${hint}`);
}
