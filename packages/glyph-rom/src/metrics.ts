/** Pixels across a glyph that can be set. */
export const GLYPH_WIDTH = 5;

/** Pixels down a glyph. */
export const GLYPH_HEIGHT = 7;

/** Pixels from a glyph's left edge to the next glyph's. The sixth column is always empty. */
export const GLYPH_ADVANCE = 6;
