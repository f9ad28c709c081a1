export { FONTS, fontOf } from "./fonts.ts";
export { measureText } from "./measure.ts";
export { GLYPH_ADVANCE, GLYPH_HEIGHT, GLYPH_WIDTH } from "./metrics.ts";
export { GLYPH_COUNT, GLYPH_ROWS, glyphFor, glyphIndex, hasGlyph, REPLACEMENT_INDEX } from "./rom.ts";
export type { Font, FontName, Glyph, TextMetrics } from "./types.ts";
