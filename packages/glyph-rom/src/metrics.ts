/** Pixels of a glyph's cell that may hold ink, across. */
export const GLYPH_WIDTH = 5;

/** Pixels of a glyph's cell, down. */
export const GLYPH_HEIGHT = 7;

/** Pixels from one glyph's left edge to the next one's. The sixth column is always empty. */
export const GLYPH_ADVANCE = 6;
