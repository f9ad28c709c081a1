import { GLYPH_ROWS, GLYPH_WIDTH } from "@gvpie/glyph-rom";

/** The rows of all glyphs, with the leftmost pixel in bit 0. */
export const MIRRORED_ROWS: Uint8Array = GLYPH_ROWS.map(mirror);

function mirror(row: number): number {
  let mirrored = 0;
  for (let x = 0; x < GLYPH_WIDTH; x++) mirrored |= ((row >> x) & 1) << (GLYPH_WIDTH - 1 - x);
  return mirrored;
}
