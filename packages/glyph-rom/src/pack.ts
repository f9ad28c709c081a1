import { GLYPH_HEIGHT, GLYPH_WIDTH } from "./metrics.ts";

/** Glyphs in the layout that the rasterisers read. */
export interface PackedFont {
  /** {@link GLYPH_HEIGHT} bytes a glyph, top row first; bit 4 is the leftmost pixel. */
  readonly rows: Uint8Array;
  /** Glyph index by code point; 0 if the font has no glyph. */
  readonly indexes: Uint16Array;
  readonly count: number;
}

/** Characters of the drawing from a glyph's left edge to the next glyph's. */
const PITCH = GLYPH_WIDTH + 2;

/** The code point after the last one with a glyph. U+FFFD needs no entry: index 0 is its glyph. */
const INDEX_END = 0x2200;

/**
 * Packs drawn sheets.
 *
 * A sheet is a sequence of bands, separated by blank lines. A band is one line with the names of up to eight glyphs, then
 * seven lines that draw them with `#` for a set pixel and `.` for a clear one. Each glyph is five characters wide, with two
 * spaces before the next. A name is the character itself, or `U+` and four hexadecimal digits if the character is
 * invisible or would end the string. The tests check this format; this function does not, because it runs whenever the
 * module is loaded.
 *
 * The first glyph of the first sheet gets index 0, the replacement for all code points without a glyph.
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

// Unrolled: this runs before it is compiled, and with a loop the module takes 1.5 times as long to load.
function packRow(line: string, left: number): number {
  return (
    (line[left] === "#" ? 16 : 0) |
    (line[left + 1] === "#" ? 8 : 0) |
    (line[left + 2] === "#" ? 4 : 0) |
    (line[left + 3] === "#" ? 2 : 0) |
    (line[left + 4] === "#" ? 1 : 0)
  );
}
