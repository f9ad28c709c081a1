import { hasGlyph } from "@gvpie/glyph-rom";
import type { Instruction } from "@gvpie/pxl-parser";

import { countCodePoints } from "./code-points.ts";
import type { RasterWarning } from "./types.ts";

/** Enough to act on; a hostile program holds millions. */
const MAX_WARNINGS = 100;

/** Reports the first hundred characters without a glyph before HALT, wherever their texts stand. */
export function warnOfMissingGlyphs(
  instructions: readonly Instruction[],
  onWarning: (warning: RasterWarning) => void,
): void {
  let warnings = 0;
  for (const instruction of instructions) {
    if (instruction.op === "HALT") return;
    if (instruction.op !== "TXT") continue;
    const { line, column: start, length } = instruction.span;
    // The text ends its instruction's span.
    let column = start + length - countCodePoints(instruction.text);
    for (const character of instruction.text) {
      const codePoint = character.codePointAt(0) ?? 0;
      if (!hasGlyph(codePoint)) {
        const hex = codePoint.toString(16).toUpperCase().padStart(4, "0");
        const message = `the font has no glyph for U+${hex}`;
        onWarning({ severity: "warning", code: "RASTER_NO_GLYPH", message, line, column, length: 1 });
        if (++warnings === MAX_WARNINGS) return;
      }
      column++;
    }
  }
}
