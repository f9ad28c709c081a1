import type { Instruction, Program } from "@gvpie/pxl-parser";

import { prepare } from "./prepare.ts";
import { draw } from "./draw.ts";
import { DrawListBuilder } from "./draw-list.ts";
import { execute } from "./machine/execute.ts";
import { withPlace } from "./machine/failures.ts";
import { INITIAL_PEN, setPen } from "./pen.ts";
import { type Drawing, isDrawing, isPenInstruction, type PenSetting } from "./resolved.ts";
import type { DrawList, RenderOptions } from "./types.ts";
import { warnOfMissingGlyphs } from "./warnings.ts";

/**
 * What a backend has to draw for `program`: clipped commands in painter's order.
 *
 * Arithmetic is exact: positions and sizes up to 2³²−1 and their sums are integers that a double holds.
 * Everything is checked in this order, before the frame is allocated: the canvas and its pixels, the background,
 * the program, its parameters, then its fuel, glyphs, painted pixels and commands, in the order in which it runs.
 *
 * @throws {PxlError} when `program` is source text with errors.
 * @throws {RasterError} `RASTER_BAD_CANVAS`, `RASTER_BAD_COLOR`, `RASTER_BAD_PARAM` or `RASTER_LIMIT_…`; and, with the
 * place of the instruction, for what a program does wrong when it runs.
 * @throws {RangeError} when `limits` are above the hard limits.
 * @throws {TypeError} when `program` is an object that no parser of this version made.
 */
export function lowerProgram(program: string | Program, options: RenderOptions = {}): DrawList {
  const { canvas, bound } = prepare(program, options);
  const { instructions, plain } = bound.program;
  const list = new DrawListBuilder(canvas, bound.limits, countExpected(instructions));
  if (plain) drawPlain(instructions, list);
  else execute(bound, list);
  if (options.onWarning !== undefined) warnOfMissingGlyphs(bound, options.onWarning);
  return list.finish();
}

/** Runs a program without jumps, variables and references, in which every instruction is as it will be drawn. */
function drawPlain(instructions: readonly Instruction[], list: DrawListBuilder): void {
  let pen = INITIAL_PEN;
  let current: Instruction | undefined;
  try {
    for (const instruction of instructions) {
      current = instruction;
      const { op } = instruction;
      // Nearly all of a large program; looking them up in a set takes a tenth of the time.
      if (op === "TXT" || op === "RECT" || isDrawing(instruction)) {
        draw(list, pen, instruction as Drawing);
      } else if (isPenInstruction(instruction)) {
        pen = setPen(pen, instruction as PenSetting);
        if (op === "CLIP") list.clip(pen.clip);
      } else if (op === "HALT") {
        return;
      }
    }
  } catch (error) {
    throw withPlace(error, current?.span);
  }
}

/** No less than there will be of a program of texts and rectangles, and nearly exact; a guess for any other. */
function countExpected(instructions: readonly Instruction[]): { commands: number; glyphs: number } {
  let commands = 0;
  let glyphs = 0;
  for (const instruction of instructions) {
    if (instruction.op === "HALT") break;
    commands++;
    if (instruction.op === "TXT") glyphs += instruction.text.length;
  }
  return { commands, glyphs };
}
