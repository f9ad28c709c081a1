import type { Instruction, Program } from "@gvpie/pxl-parser";

import type { RunnableProgram } from "./admit-program.ts";

import { CutFinder, isMoved, isPlaced } from "./cut.ts";
import { allocateList, DrawListBuilder } from "./draw-list.ts";
import { execute } from "./machine/execute.ts";
import { effectOf } from "./opcodes.ts";
import { prepare } from "./prepare.ts";
import type { Resolved } from "./resolved.ts";
import type { RasterWarning, RenderOptions } from "./types.ts";
import { createGlyphReporter, MAX_WARNINGS, warnOfMissingGlyphs } from "./warnings.ts";

/** States of an instruction: each of its drawings was cut, or one was not. */
const CUT = 1;
const WHOLE = 2;

/** Most frames of an animation that are checked. */
const MAX_FRAMES = 16;

/** The options of a render that its draw list depends on. */
export type CheckDrawingOptions = Pick<RenderOptions, "width" | "height" | "params" | "limits">;

/**
 * Runs a program without painting and returns warnings: `RASTER_NO_GLYPH` for characters that the font lacks, and
 * `RASTER_DRAWS_NOTHING` for each instruction that ran and was entirely outside the canvas or the clip box every time.
 * Rectangles of width 0 and empty texts cause no warning. `RASTER_CUT` is for an instruction whose drawing was cut by the
 * edge of the canvas every time, probably not on purpose: a text, or less than a quarter of a shape other than RECT, FILL
 * and LINE. In a clip box, or at a position that a parameter sets or an animation calculates, it is on purpose. Of an animation, the first frame and up to 15 others are checked.
 *
 * @returns at most a hundred warnings of each kind, each kind in source order.
 * @throws as `lowerProgram` does.
 */
export function checkDrawing(program: string | Program, options: CheckDrawingOptions = {}): RasterWarning[] {
  const { canvas, bound } = prepare(program, options);
  const warnings: RasterWarning[] = [];
  warnOfMissingGlyphs(bound, (warning) => warnings.push(warning));

  const { instructions, frames } = bound.program;
  const hasMissed = new Uint8Array(instructions.length);
  const hasDrawn = new Uint8Array(instructions.length);
  const finder = new CutFinder(canvas);
  /** {@link CUT} or {@link WHOLE} for each instruction that drew. */
  const cuts = new Uint8Array(instructions.length);
  let reportGlyphs = createGlyphReporter(bound, (warning) => warnings.push(warning));
  for (const frame of checkedFrames(frames?.count ?? 1)) {
    const list = new DrawListBuilder(canvas, bound.limits, allocateList(0, 0));
    execute(
      { ...bound, surroundings: { ...bound.surroundings, frame } },
      list,
      (index, drawing, commands, pen) => {
        reportGlyphs?.(index, drawing, commands, pen);
        (commands > 0 || isEmpty(drawing) ? hasDrawn : hasMissed)[index] = 1;
        if (commands === 0 || cuts[index] === WHOLE) return;
        cuts[index] = finder.isCut(pen, drawing, isPlaced(instructions[index] as Instruction)) ? CUT : WHOLE;
      },
    );
    reportGlyphs = undefined;
  }

  warnings.sort((a, b) => a.line - b.line || a.column - b.column);
  warnings.push(...findCuts(bound.program, cuts));
  let found = 0;
  for (const [index, { op, line, column, length }] of instructions.entries()) {
    if (hasDrawn[index] === 1 || hasMissed[index] === 0) continue;
    if (++found > MAX_WARNINGS) break;
    const message = `${op} draws nothing: it is entirely outside the canvas or the clip box`;
    warnings.push({ severity: "warning", code: "RASTER_DRAWS_NOTHING", message, line, column, length });
  }
  return warnings;
}

/** Returns the frames of an animation that are checked: the first one, and others at equal distances. */
function checkedFrames(count: number): readonly number[] {
  const checked = Math.min(count, MAX_FRAMES);
  return Array.from({ length: checked }, (_, i) => Math.floor((i * count) / checked));
}

function findCuts(program: RunnableProgram, cuts: Uint8Array): RasterWarning[] {
  const warnings: RasterWarning[] = [];
  for (const [index, instruction] of program.instructions.entries()) {
    if (cuts[index] !== CUT || isMoved(instruction, program)) continue;
    if (warnings.length === MAX_WARNINGS) break;
    const { op, line, column, length } = instruction;
    const message = `${op} is cut by the edge of the canvas`;
    warnings.push({ severity: "warning", code: "RASTER_CUT", message, line, column, length });
  }
  return warnings;
}

function isEmpty(drawing: Resolved): boolean {
  const effect = effectOf(drawing.op);
  return effect.kind === "drawing" && effect.isEmpty(drawing);
}
