import { GLYPH_HEIGHT, GLYPH_WIDTH } from "./metrics.ts";

/** Glyphs as the rasterisers read them. */
export interface PackedFont {
  /** {@link GLYPH_HEIGHT} bytes a glyph, top row first; bit 4 is the leftmost pixel. */
  readonly rows: Uint8Array;
  /** Glyph index by code point; 0 where the font has no glyph. */
  readonly indexes: Uint16Array;
  readonly count: number;
}

/** From one glyph's left edge to the next one's, in characters of the drawing. */
const PITCH = GLYPH_WIDTH + 2;

/** Past the last code point with a glyph, U+FFFD aside, which has index 0 like everything that is missing. */
const INDEX_END = 0x2200;

const INK = "#".charCodeAt(0);

/**
 * Pack drawn sheets.
 *
 * A sheet is a sequence of bands: a line naming up to eight glyphs, then seven lines that draw them with `#` for ink
 * and `.` for paper, every glyph five wide and two spaces from the next. A name is the character itself, or `U+` and
 * four hexadecimal digits where the character would not show or would end the string. Blank lines separate bands. The
 * tests refuse any other shape; this function trusts it, because it runs whenever the module is loaded.
 *
 * The first glyph of the first sheet becomes index 0, the replacement for all code points without a glyph.
 */
export function packFont(sheets: readonly string[]): PackedFont {
  const rows: number[] = [];
  const indexes = new Uint16Array(INDEX_END);
  let count = 0;
  for (const sheet of sheets) {
    const lines = sheet.split("\n").filter((line) => line !== "");
    for (let top = 0; top < lines.length; top += 1 + GLYPH_HEIGHT) {
      const names = (lines[top] ?? "").split(/ +/);
      for (const [column, name] of names.entries()) {
        indexes[codePointOf(name)] = count++;
        for (let y = 1; y <= GLYPH_HEIGHT; y++) rows.push(packRow(lines[top + y] ?? "", column * PITCH));
      }
    }
  }
  return { rows: Uint8Array.from(rows), indexes, count };
}

function codePointOf(name: string): number {
  return name.length === 1 ? name.charCodeAt(0) : Number.parseInt(name.slice(2), 16);
}

function packRow(line: string, left: number): number {
  let bits = 0;
  for (let x = left; x < left + GLYPH_WIDTH; x++) bits = (bits << 1) | Number(line.charCodeAt(x) === INK);
  return bits;
}
