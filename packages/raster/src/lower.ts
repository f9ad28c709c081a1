import type { Instruction, Program } from "@gvpie/pxl-parser";

import { type Prepared, prepare } from "./prepare.ts";
import { allocateList, DrawListBuilder, type ListMemory } from "./draw-list.ts";
import { Executor } from "./machine/execute.ts";
import { withPlace } from "./machine/failures.ts";
import { type DrawingOpcode, effectOf, OPCODES } from "./opcodes.ts";
import { INITIAL_PEN } from "./pen.ts";
import type { Resolved } from "./resolved.ts";
import type { DrawList, RenderOptions } from "./types.ts";
import { createGlyphReporter, warnOfMissingGlyphs } from "./warnings.ts";

/**
 * Runs a program and returns its draw list: clipped commands in painter's order.
 *
 * Arithmetic is exact: positions and sizes up to 2³²−1 and their sums are integers that a double holds.
 * Checks, in this order and before a frame is allocated, the canvas and its pixels, the background, the program, its CANVAS
 * and FRAMES, its parameters, and as it runs its fuel, glyphs, painted pixels and commands.
 *
 * @throws {PxlError} if `program` is source text with errors.
 * @throws {RasterError} `RASTER_BAD_CANVAS`, `RASTER_BAD_COLOR`, `RASTER_BAD_FRAME`, `RASTER_BAD_PARAM` or
 * `RASTER_LIMIT_…`; and, with the place of the instruction, if an instruction fails.
 * @throws {RangeError} if `limits` are above the hard limits.
 * @throws {TypeError} if `program` is neither a string nor an object that the parser could have made, `options` is not a
 * plain object, or it or `limits` has an unknown name.
 * @throws the reason of `signal` if it is aborted.
 */
export function lowerProgram(program: string | Program, options: RenderOptions = {}): DrawList {
  const prepared = prepare(program, options);
  const { commands, glyphs } = countExpected(prepared.bound.program.instructions);
  return lower(prepared, allocateList(commands, glyphs));
}

/** Greatest size of a list whose memory {@link useDrawList} reuses; drawing a larger one takes longer than allocating it. */
const REUSED_COMMANDS = 256;
const REUSED_GLYPHS = 1024;

/** Undefined before the first use and during one. */
let reusable: ListMemory | undefined;

/**
 * Calls `use` with the draw list of a program and returns its result. The list is valid only during the call: the next
 * list reuses its memory, because allocation is a large part of the time for a short program.
 *
 * @throws as {@link lowerProgram} and `use` do.
 */
export function useDrawList<T>(
  program: string | Program,
  options: RenderOptions,
  use: (list: DrawList) => T,
): T {
  const prepared = prepare(program, options);
  const { commands, glyphs } = countExpected(prepared.bound.program.instructions);
  if (commands > REUSED_COMMANDS || glyphs > REUSED_GLYPHS) {
    return use(lower(prepared, allocateList(commands, glyphs)));
  }
  // `onWarning` may start another render.
  const memory = reusable ?? allocateList(REUSED_COMMANDS, REUSED_GLYPHS);
  reusable = undefined;
  try {
    return use(lower(prepared, memory));
  } finally {
    reusable = memory;
  }
}

/** Runs a prepared program, by its executor if it has one; its list is in `memory` unless it grows beyond. */
export function lower(
  { canvas, bound, animation, onWarning }: Prepared,
  memory: ListMemory,
  executor?: Executor,
): DrawList {
  const { instructions, plain, straight } = bound.program;
  const list = new DrawListBuilder(canvas, bound.limits, memory);
  const onDrawn = onWarning && createGlyphReporter(bound, onWarning);
  if (plain && onDrawn === undefined) {
    drawPlain(instructions, list);
  } else {
    (executor ?? new Executor(bound, !straight)).run(list, bound.surroundings.frame, onDrawn);
  }
  if (onWarning !== undefined) warnOfMissingGlyphs(bound, onWarning);
  const finished = list.finish();
  return animation === undefined ? finished : { ...finished, animation };
}

// Nearly all instructions of a large program: without a look-up, the engine inlines their drawing.
const RECT = OPCODES.RECT as DrawingOpcode<"RECT">;
const TXT = OPCODES.TXT as DrawingOpcode<"TXT">;

/** Runs a program without jumps, variables and references. The only control opcode in it is HALT. */
function drawPlain(instructions: readonly Instruction[], list: DrawListBuilder): void {
  let pen = INITIAL_PEN;
  let current: Instruction | undefined;
  try {
    for (const instruction of instructions) {
      current = instruction;
      if (instruction.op === "RECT") {
        RECT.draw(list, pen, instruction as Resolved<"RECT">);
        continue;
      }
      if (instruction.op === "TXT") {
        TXT.draw(list, pen, instruction as Resolved<"TXT">);
        continue;
      }
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

/** Returns an upper bound, nearly exact, for a program of texts and rectangles, and an estimate for any other program. */
export function countExpected(instructions: readonly Instruction[]): { commands: number; glyphs: number } {
  let commands = 0;
  let glyphs = 0;
  for (const instruction of instructions) {
    if (instruction.op === "HALT") break;
    commands++;
    if (instruction.op === "TXT") glyphs += instruction.text.length;
  }
  return { commands, glyphs };
}
