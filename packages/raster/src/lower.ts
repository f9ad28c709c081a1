import type { Instruction, Program } from "@gvpie/pxl-parser";

import { type Prepared, prepare } from "./prepare.ts";
import { allocateList, DrawListBuilder, type ListMemory } from "./draw-list.ts";
import { execute } from "./machine/execute.ts";
import { withPlace } from "./machine/failures.ts";
import { effectOf } from "./opcodes.ts";
import { INITIAL_PEN } from "./pen.ts";
import type { Resolved } from "./resolved.ts";
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
  const prepared = prepare(program, options);
  const { commands, glyphs } = countExpected(prepared.bound.program.instructions);
  return lower(prepared, allocateList(commands, glyphs), options);
}

/** Commands and glyphs that {@link useDrawList} keeps memory for; a larger list is drawn long enough not to miss it. */
const KEPT_COMMANDS = 256;
const KEPT_GLYPHS = 1024;

/** Undefined until it is first needed, and while it is in use. */
let kept: ListMemory | undefined;

/**
 * Calls `use` with what {@link lowerProgram} returns, and returns what it returns. The list is only good during the call:
 * its memory is then used for the next one, as allocating it is a good part of lowering a short program.
 *
 * @throws whatever {@link lowerProgram} or `use` throws.
 */
export function useDrawList<T>(
  program: string | Program,
  options: RenderOptions,
  use: (list: DrawList) => T,
): T {
  const prepared = prepare(program, options);
  const { commands, glyphs } = countExpected(prepared.bound.program.instructions);
  if (commands > KEPT_COMMANDS || glyphs > KEPT_GLYPHS) {
    return use(lower(prepared, allocateList(commands, glyphs), options));
  }
  // A render may begin within another one, in `onWarning`.
  const memory = kept ?? allocateList(KEPT_COMMANDS, KEPT_GLYPHS);
  kept = undefined;
  try {
    return use(lower(prepared, memory, options));
  } finally {
    kept = memory;
  }
}

function lower({ canvas, bound }: Prepared, memory: ListMemory, options: RenderOptions): DrawList {
  const { instructions, plain } = bound.program;
  const list = new DrawListBuilder(canvas, bound.limits, memory);
  if (plain) drawPlain(instructions, list);
  else execute(bound, list);
  if (options.onWarning !== undefined) warnOfMissingGlyphs(bound, options.onWarning);
  return list.finish();
}

/** Runs a program without jumps, variables and references. The only control opcode in it is HALT. */
function drawPlain(instructions: readonly Instruction[], list: DrawListBuilder): void {
  let pen = INITIAL_PEN;
  let current: Instruction | undefined;
  try {
    for (const instruction of instructions) {
      current = instruction;
      const effect = effectOf(instruction.op);
      if (effect.kind === "drawing") {
        effect.draw(list, pen, instruction as Resolved);
      } else if (effect.kind === "pen") {
        pen = effect.setPen(pen, instruction as Resolved);
        list.clip(pen.clip);
      } else if (effect.kind === "control") {
        return;
      }
    }
  } catch (error) {
    throw withPlace(error, current);
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
