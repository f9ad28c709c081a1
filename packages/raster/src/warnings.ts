import { hasGlyph, measureText } from "@gvpie/glyph-rom";
import type { Instruction, Span } from "@gvpie/pxl-parser";

import type { Parameters } from "./machine/parameters.ts";
import type { BoundProgram } from "./machine/state.ts";
import type { RasterWarning } from "./types.ts";

/** Most warnings of one kind; a hostile program causes millions. */
export const MAX_WARNINGS = 100;

/**
 * Reports the first hundred characters without a glyph, in source order: up to the first HALT, or in the whole program if
 * it jumps. The place of a character in a parameter's value is that of the reference.
 */
export function warnOfMissingGlyphs(
  { program, parameters }: BoundProgram,
  onWarning: (warning: RasterWarning) => void,
): void {
  let warnings = 0;
  const valuesOf = findInValues(parameters);
  for (const instruction of program.instructions) {
    if (instruction.op === "HALT" && program.straight) return;
    if (instruction.op !== "TXT") continue;
    for (const { codePoint, ...place } of findMissing(instruction, valuesOf)) {
      const hex = codePoint.toString(16).toUpperCase().padStart(4, "0");
      const message = `the font has no glyph for U+${hex}`;
      onWarning({ severity: "warning", code: "RASTER_NO_GLYPH", message, ...place });
      if (++warnings === MAX_WARNINGS) return;
    }
  }
}

/** A character without a glyph. */
interface Missing extends Span {
  readonly codePoint: number;
}

function* findMissing(
  { text, line, column: start, length: all }: Extract<Instruction, { op: "TXT" }>,
  valuesOf: (name: string) => readonly number[],
): Generator<Missing> {
  const pieces = typeof text === "string" ? [text] : text;
  const lengths = pieces.map((piece) =>
    typeof piece === "string" ? measureText(piece).glyphs : piece.span.length,
  );
  // The text is the end of its instruction.
  let column = start + all - lengths.reduce((sum, length) => sum + length, 0);
  for (const piece of pieces) {
    if (typeof piece !== "string") {
      const { length } = piece.span;
      for (const codePoint of valuesOf(piece.name)) yield { codePoint, line, column, length };
      column += length;
      continue;
    }
    for (const character of piece) {
      const codePoint = character.codePointAt(0) ?? 0;
      if (!hasGlyph(codePoint)) yield { codePoint, line, column, length: 1 };
      column++;
    }
  }
}

/**
 * Returns a function that finds the first hundred characters without a glyph in a parameter's value. It finds none for a
 * variable, because all digits have a glyph. Each value is read only once.
 */
function findInValues(parameters: Parameters): (name: string) => readonly number[] {
  const found = new Map<string, readonly number[]>();
  return (name) => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const codePoints = Array.from(parameters.get(name) ?? "", (character) => character.codePointAt(0) ?? 0);
    const missing = codePoints.filter((codePoint) => !hasGlyph(codePoint)).slice(0, MAX_WARNINGS);
    found.set(name, missing);
    return missing;
  };
}
