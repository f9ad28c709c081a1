/** The glyph of one character. */
export interface Glyph {
  /** The requested code point, or U+FFFD if the font has no glyph for it. */
  readonly codePoint: number;
  /** Seven rows of five bits, top row first; bit 4 is the leftmost pixel, 1 is a set pixel. */
  readonly rows: readonly number[];
}

/** The size of a text. */
export interface TextMetrics {
  /**
   * Pixels from the left edge of the first glyph to the right edge of the last one: `6 * glyphs - 1`, or 0 for the empty
   * text. A text that follows begins at `GLYPH_ADVANCE * glyphs`.
   */
  readonly width: number;
  /** Pixels; always 7. */
  readonly height: number;
  /** Number of glyphs: one for every code point, also if the font has no glyph for it. */
  readonly glyphs: number;
}
