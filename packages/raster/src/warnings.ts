import { fontOf, hasGlyph, measureText } from "@gvpie/glyph-rom";
import type { Instruction, Span } from "@gvpie/pxl-parser";

import type { OnDrawn } from "./machine/execute.ts";
import type { Parameters } from "./machine/parameters.ts";
import type { BoundProgram } from "./machine/state.ts";
import type { RasterWarning } from "./types.ts";

/** Most warnings of one kind; a hostile program causes millions. */
export const MAX_WARNINGS = 100;

/** Most combining marks that are composed with the character before them. */
const MAX_MARKS = 4;

/**
 * Reports the first hundred characters without a glyph, in source order: up to the first HALT, or in the whole program if
 * it jumps. The place of a character in a parameter's value is that of the reference. If the font has glyphs for another
 * Unicode form of the text, the message says so. Reports nothing of a program with FONT: {@link createGlyphReporter} does.
 */
export function warnOfMissingGlyphs(
  { program, parameters }: BoundProgram,
  onWarning: (warning: RasterWarning) => void,
): void {
  if (hasFont(program)) return;
  let warnings = 0;
  const valuesOf = findInValues(parameters);
  for (const instruction of program.instructions) {
    if (instruction.op === "HALT" && program.straight) return;
    if (instruction.op !== "TXT") continue;
    for (const { character, form, ...place } of findMissing(instruction, valuesOf)) {
      const message = `the font has no glyph for ${nameOf(character)}${form === undefined ? "" : `; ${form}`}`;
      onWarning({ severity: "warning", code: "RASTER_NO_GLYPH", message, ...place });
      if (++warnings === MAX_WARNINGS) return;
    }
  }
}

/**
 * Returns a function that reports the characters of each drawn text that the font of the pen lacks, once each instruction
 * and character, at the place of the instruction. It looks at PRINT and WRAP and, in a program with FONT, at TXT. Returns
 * `undefined` for a program without such texts.
 */
export function createGlyphReporter(
  { program }: BoundProgram,
  onWarning: (warning: RasterWarning) => void,
): OnDrawn | undefined {
  const { instructions } = program;
  const withTxt = hasFont(program);
  if (!withTxt && instructions.every(({ op }) => op !== "PRINT" && op !== "WRAP")) return undefined;
  const reported = new Set<string>();
  return (index, drawing, _, { font: fontName }) => {
    if (drawing.op !== "PRINT" && drawing.op !== "WRAP" && !(withTxt && drawing.op === "TXT")) return;
    const font = fontOf(fontName);
    for (const character of drawing.text) {
      if (font.hasGlyph(character.codePointAt(0) ?? 0)) continue;
      const key = `${index} ${character}`;
      if (reported.size === MAX_WARNINGS || reported.has(key)) continue;
      reported.add(key);
      const { line, column, length } = instructions[index] as Instruction;
      const message = `the font ${fontName} has no glyph for ${nameOf(character)}`;
      onWarning({ severity: "warning", code: "RASTER_NO_GLYPH", message, line, column, length });
    }
  };
}

function hasFont({ instructions }: BoundProgram["program"]): boolean {
  return instructions.some(({ op }) => op === "FONT");
}

/** A character without a glyph. */
interface MissingCharacter {
  readonly character: string;
  /** The other Unicode form of it that has glyphs. */
  readonly form: string | undefined;
}

type Missing = MissingCharacter & Span;

function* findMissing(
  { text, line, column: start, length: all }: Extract<Instruction, { op: "TXT" }>,
  valuesOf: (name: string) => readonly MissingCharacter[],
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
      for (const missing of valuesOf(piece.name)) yield { ...missing, line, column, length };
      column += length;
      continue;
    }
    for (const [offset, missing] of findInText(piece)) {
      yield { ...missing, line, column: column + offset, length: 1 };
    }
    column += measureText(piece).glyphs;
  }
}

/**
 * Returns a function that finds the first hundred characters without a glyph in a parameter's value. It finds none for a
 * variable, because all digits have a glyph. Each value is read only once.
 */
function findInValues(parameters: Parameters): (name: string) => readonly MissingCharacter[] {
  const found = new Map<string, readonly MissingCharacter[]>();
  return (name) => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const missing: MissingCharacter[] = [];
    for (const [, character] of findInText(String(parameters.get(name) ?? ""))) {
      if (missing.push(character) === MAX_WARNINGS) break;
    }
    found.set(name, missing);
    return missing;
  };
}

/** Finds the characters of a text without a glyph, each with its offset in code points. */
function* findInText(text: string): Generator<readonly [offset: number, missing: MissingCharacter]> {
  /** The last character other than a combining mark, and the marks after it. */
  let cluster = "";
  let marks = 0;
  let offset = 0;
  for (const character of text) {
    const isMissing = !hasGlyphs(character);
    if (isMissing && cluster !== "" && marks < MAX_MARKS && /^\p{M}/u.test(character)) {
      cluster += character;
      marks++;
    } else {
      cluster = character;
      marks = 0;
    }
    if (isMissing) yield [offset, { character, form: otherForm(cluster) }];
    offset++;
  }
}

/** Describes the composed or compatible form of a text if the font has all its glyphs. */
function otherForm(text: string): string | undefined {
  const composed = text.normalize("NFC");
  if (composed !== text && hasGlyphs(composed)) {
    return `it has a glyph for the composed form (NFC), ${composed} (${nameOf(composed)}): write that`;
  }
  const compatible = text.normalize("NFKC");
  if (compatible === text || !hasGlyphs(compatible)) return undefined;
  return `it has glyphs for the compatible form (NFKC), ${compatible} (${nameOf(compatible)}): write that`;
}

function hasGlyphs(text: string): boolean {
  for (const character of text) if (!hasGlyph(character.codePointAt(0) ?? 0)) return false;
  return true;
}

function nameOf(text: string): string {
  return Array.from(text, (character) => {
    const codePoint = character.codePointAt(0) ?? 0;
    return `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`;
  }).join(" ");
}
