/** Glyphs in the layout that the rasterisers read. */
export interface PackedFont {
  /** One byte a row of pixels, top row first; the lowest bit is the rightmost pixel. */
  readonly rows: Uint8Array;
  /** Glyph index by code point; 0 if the font has no glyph. */
  readonly indexes: Uint16Array;
  readonly count: number;
}

/** The code point after the last one with a glyph. U+FFFD needs no entry: index 0 is its glyph. */
const INDEX_END = 0x2200;

/**
 * Packs drawn sheets of glyphs that are `width` pixels wide, at most 8, and `height` pixels high.
 *
 * A sheet is a sequence of bands, separated by blank lines. A band is one line with the names of up to eight glyphs, then
 * `height` lines that draw them with `#` for a set pixel and `.` for a clear one. Each glyph is `width` characters wide,
 * with at least two spaces before the next, which begins at least seven characters after it. A name is the character
 * itself, or `U+` and four hexadecimal digits if the character is invisible or would end the string. The tests check this
 * format; this function does not, because it runs when the module is loaded or a font is first used.
 *
 * The first glyph of the first sheet gets index 0, the replacement for all code points without a glyph.
 */
export function packFont(sheets: readonly string[], width: number, height: number): PackedFont {
  const rows: number[] = [];
  /** Characters of the drawing from a glyph's left edge to the next glyph's; a name has six. */
  const pitch = Math.max(width + 2, 7);
  const indexes = new Uint16Array(INDEX_END);
  let count = 0;
  for (const sheet of sheets) {
    for (const band of sheet.trim().split("\n\n")) {
      const lines = band.split("\n");
      let left = 0;
      for (const name of (lines[0] ?? "").split(/ +/)) {
        indexes[codePointOf(name)] = count++;
        for (let y = 1; y <= height; y++) rows.push(packRow(lines[y] ?? "", left, width));
        left += pitch;
      }
    }
  }
  return { rows: Uint8Array.from(rows), indexes, count };
}

function codePointOf(name: string): number {
  return name.length === 1 ? name.charCodeAt(0) : Number.parseInt(name.slice(2), 16);
}

// Unrolled: this runs before it is compiled, and with a loop the module takes 1.5 times as long to load.
function packRow(line: string, left: number, width: number): number {
  const five =
    (line[left] === "#" ? 16 : 0) |
    (line[left + 1] === "#" ? 8 : 0) |
    (line[left + 2] === "#" ? 4 : 0) |
    (line[left + 3] === "#" ? 2 : 0) |
    (line[left + 4] === "#" ? 1 : 0);
  // The two columns after a narrow glyph are spaces.
  if (width <= 5) return five >> (5 - width);
  const eight =
    (five << 3) |
    (line[left + 5] === "#" ? 4 : 0) |
    (line[left + 6] === "#" ? 2 : 0) |
    (line[left + 7] === "#" ? 1 : 0);
  return eight >> (8 - width);
}
