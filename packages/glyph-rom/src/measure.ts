import { GLYPH_ADVANCE, GLYPH_HEIGHT } from "./metrics.ts";
import type { TextMetrics } from "./types.ts";

/**
 * Returns the size of `text` on one line.
 *
 * Every code point is one glyph, also a lone surrogate, a control character or a combining mark. Lines do not wrap.
 *
 * @throws {TypeError} if `text` is not a string.
 */
export function measureText(text: string): TextMetrics {
  if (typeof text !== "string") throw new TypeError(`expected a text as a string, got ${typeof text}`);
  let glyphs = 0;
  for (let i = 0; i < text.length; i++) {
    if ((text.codePointAt(i) ?? 0) > 0xffff) i++;
    glyphs++;
  }
  return { width: Math.max(0, glyphs * GLYPH_ADVANCE - 1), height: GLYPH_HEIGHT, glyphs };
}
