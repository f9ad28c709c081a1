import { ascii } from "./font/ascii.ts";
import { latin1 } from "./font/latin1.ts";
import { symbols } from "./font/symbols.ts";
import { GLYPH_HEIGHT } from "./metrics.ts";
import { packFont } from "./pack.ts";
import type { Glyph } from "./types.ts";

const font = packFont([symbols, ascii, latin1]);

const REPLACEMENT_CHARACTER = 0xfffd;

/**
 * The whole font, {@link GLYPH_HEIGHT} bytes a glyph: row `y` of glyph `i` is `GLYPH_ROWS[i * 7 + y]`, and bit 4 is the
 * leftmost pixel. The array is shared: do not write to it.
 */
export const GLYPH_ROWS: Uint8Array = font.rows;

/** Number of glyphs in {@link GLYPH_ROWS}. */
export const GLYPH_COUNT: number = font.count;

/** Index of the glyph that replaces every code point without a glyph. */
export const REPLACEMENT_INDEX = 0;

/**
 * Returns the index in {@link GLYPH_ROWS} of a code point's glyph, or {@link REPLACEMENT_INDEX} if there is none. Accepts
 * any number.
 *
 * @throws {TypeError} for a value that is not a number, such as the character itself.
 */
export function glyphIndex(codePoint: number): number {
  if (typeof codePoint !== "number") throw notANumber(codePoint);
  return font.indexes[codePoint] ?? REPLACEMENT_INDEX;
}

/**
 * True if the font has a glyph for the code point. True for U+FFFD, the replacement character.
 *
 * @throws {TypeError} as {@link glyphIndex} does.
 */
export function hasGlyph(codePoint: number): boolean {
  return glyphIndex(codePoint) !== REPLACEMENT_INDEX || codePoint === REPLACEMENT_CHARACTER;
}

/**
 * Returns the glyph that is drawn for a code point.
 *
 * @throws {TypeError} as {@link glyphIndex} does.
 */
export function glyphFor(codePoint: number): Glyph {
  const start = glyphIndex(codePoint) * GLYPH_HEIGHT;
  return {
    codePoint: hasGlyph(codePoint) ? codePoint : REPLACEMENT_CHARACTER,
    rows: [...GLYPH_ROWS.subarray(start, start + GLYPH_HEIGHT)],
  };
}

function notANumber(value: unknown): TypeError {
  const found = typeof value === "string" ? `the string ${JSON.stringify(value.slice(0, 20))}` : typeof value;
  const hint = typeof value === "string" ? "; pass character.codePointAt(0)" : "";
  return new TypeError(`expected a code point as a number, got ${found}${hint}`);
}
