export { measureText } from "./measure.ts";
export { GLYPH_ADVANCE, GLYPH_HEIGHT, GLYPH_WIDTH } from "./metrics.ts";
export { GLYPH_COUNT, GLYPH_ROWS, glyphFor, glyphIndex, hasGlyph, REPLACEMENT_INDEX } from "./rom.ts";
export type { Glyph, TextMetrics } from "./types.ts";
