/** One drawn character. */
export interface Glyph {
  /** The code point drawn: the one asked for, or U+FFFD where the font lacks it. */
  readonly codePoint: number;
  /** Seven rows, top first, five bits each; bit 4 is the leftmost pixel, and 1 is ink. */
  readonly rows: readonly number[];
}

/** The room a text takes. */
export interface TextMetrics {
  /**
   * Pixels from the left edge of the first glyph's cell to the right edge of the last one's: `6 * glyphs - 1`, or 0 for
   * the empty text. A text that follows begins at `GLYPH_ADVANCE * glyphs`.
   */
  readonly width: number;
  /** Pixels; always 7, since a text is one line. */
  readonly height: number;
  /** Glyphs drawn: one for every code point, also those that the font lacks. */
  readonly glyphs: number;
}
