/** The glyph of one character. */
export interface Glyph {
  /** The requested code point, or U+FFFD if the font has no glyph for it. */
  readonly codePoint: number;
  /**
   * One number a row of pixels, top row first; in the fonts of 5×7 pixels, seven numbers of five bits. The lowest bit is
   * the rightmost pixel, 1 is a set pixel.
   */
  readonly rows: readonly number[];
}

/** The name of a font. */
export type FontName = "3x5" | "5x7" | "5x7-intl" | "8x13" | "8x13-intl";

/** A font; every glyph has the same size. */
export interface Font {
  readonly name: FontName;
  /** Pixels across a glyph that can be set, at most 8. */
  readonly width: number;
  /** Pixels down a glyph. */
  readonly height: number;
  /** Pixels from a glyph's left edge to the next glyph's. */
  readonly advance: number;
  /** Pixels from the top edge of a line to that of the next line. */
  readonly pitch: number;
  /**
   * Returns the index of a code point's glyph, from 0 without gaps, or 0 if the font has none: the index of the
   * replacement. Accepts any number.
   *
   * @throws {TypeError} for a value that is not a number, such as the character itself.
   */
  glyphIndex(codePoint: number): number;
  /**
   * True if the font has a glyph for the code point. True for U+FFFD, the replacement character.
   *
   * @throws {TypeError} as `glyphIndex` does.
   */
  hasGlyph(codePoint: number): boolean;
  /**
   * Returns the glyph that is drawn for a code point: `height` numbers of `width` bits.
   *
   * @throws {TypeError} as `glyphIndex` does.
   */
  glyphFor(codePoint: number): Glyph;
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
