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

/**
 * Pack drawn sheets.
 *
 * A sheet is a sequence of bands: a line naming up to eight glyphs, then seven lines that draw them with `#` for ink
 * and `.` for paper, every glyph five wide and two spaces from the next. A name is the character itself, or `U+` and
 * four hexadecimal digits where the character would not show or would end the string. A blank line separates bands. The
 * tests refuse any other shape; this function trusts it, because it runs whenever the module is loaded.
 *
 * The first glyph of the first sheet becomes index 0, the replacement for all code points without a glyph.
 */
export function packFont(sheets: readonly string[]): PackedFont {
  const rows: number[] = [];
  const indexes = new Uint16Array(INDEX_END);
  let count = 0;
  for (const sheet of sheets) {
    for (const band of sheet.trim().split("\n\n")) {
      const lines = band.split("\n");
      let left = 0;
      for (const name of (lines[0] ?? "").split(/ +/)) {
        indexes[codePointOf(name)] = count++;
        for (let y = 1; y <= GLYPH_HEIGHT; y++) rows.push(packRow(lines[y] ?? "", left));
        left += PITCH;
      }
    }
  }
  return { rows: Uint8Array.from(rows), indexes, count };
}

function codePointOf(name: string): number {
  return name.length === 1 ? name.charCodeAt(0) : Number.parseInt(name.slice(2), 16);
}

// Written out: this runs before the compiler has seen it, and a loop over the five makes loading half as slow again.
function packRow(line: string, left: number): number {
  return (
    (line[left] === "#" ? 16 : 0) |
    (line[left + 1] === "#" ? 8 : 0) |
    (line[left + 2] === "#" ? 4 : 0) |
    (line[left + 3] === "#" ? 2 : 0) |
    (line[left + 4] === "#" ? 1 : 0)
  );
}
