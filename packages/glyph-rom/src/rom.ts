import { ascii } from "./font/5x7/ascii.ts";
import { latin1 } from "./font/5x7/latin1.ts";
import { symbols } from "./font/5x7/symbols.ts";
import { glyphIn, indexIn, isIn } from "./lookup.ts";
import { GLYPH_HEIGHT, GLYPH_WIDTH } from "./metrics.ts";
import { type PackedFont, packFont } from "./pack.ts";
import type { Glyph } from "./types.ts";

export { REPLACEMENT_INDEX } from "./lookup.ts";

/** The font 5x7, packed. */
export const packed: PackedFont = packFont([symbols, ascii, latin1], GLYPH_WIDTH, GLYPH_HEIGHT);

/**
 * The whole font, {@link GLYPH_HEIGHT} bytes a glyph: row `y` of glyph `i` is `GLYPH_ROWS[i * 7 + y]`, and bit 4 is the
 * leftmost pixel. The array is shared: do not write to it.
 */
export const GLYPH_ROWS: Uint8Array = packed.rows;

/** Number of glyphs in {@link GLYPH_ROWS}. */
export const GLYPH_COUNT: number = packed.count;

/**
 * Returns the index in {@link GLYPH_ROWS} of a code point's glyph, or {@link REPLACEMENT_INDEX} if there is none. Accepts
 * any number.
 *
 * @throws {TypeError} for a value that is not a number, such as the character itself.
 */
export function glyphIndex(codePoint: number): number {
  return indexIn(packed, codePoint);
}

/**
 * True if the font has a glyph for the code point. True for U+FFFD, the replacement character.
 *
 * @throws {TypeError} as {@link glyphIndex} does.
 */
export function hasGlyph(codePoint: number): boolean {
  return isIn(packed, codePoint);
}

/**
 * Returns the glyph that is drawn for a code point.
 *
 * @throws {TypeError} as {@link glyphIndex} does.
 */
export function glyphFor(codePoint: number): Glyph {
  return glyphIn(packed, GLYPH_HEIGHT, codePoint);
}
