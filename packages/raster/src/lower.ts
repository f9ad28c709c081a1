import { parseProgram, PxlError, type Instruction, type Program } from "@gvpie/pxl-parser";

import { checkSide, DEFAULT_HEIGHT, DEFAULT_WIDTH } from "./canvas.ts";
import { BLACK, parseColor, WHITE } from "./color.ts";
import { DrawListBuilder } from "./draw-list.ts";
import { RasterError } from "./errors.ts";
import { checkLimit, resolveLimits } from "./limits.ts";
import type { DrawList, Limits, RenderOptions } from "./types.ts";
import { warnOfMissingGlyphs } from "./warnings.ts";

/** Diagnostics that the error for a wrong program carries; hostile ones have millions. */
const MAX_DIAGNOSTICS = 1000;

/**
 * What a backend has to draw for `program`: clipped commands in painter's order.
 *
 * Arithmetic is exact: a position of up to 2³²−1 plus a size of up to 2³²−1 is an integer that a double holds.
 * Everything is checked in this order, before the frame is allocated: the canvas and its pixels, the background,
 * the program, then its glyphs and painted pixels, in the order of its instructions.
 *
 * @throws {PxlError} when `program` is source text with errors.
 * @throws {RasterError} `RASTER_BAD_CANVAS`, `RASTER_BAD_COLOR` or `RASTER_LIMIT_…`.
 * @throws {RangeError} when `limits` are above the hard limits.
 */
export function lowerProgram(program: string | Program, options: RenderOptions = {}): DrawList {
  const { width = DEFAULT_WIDTH, height = DEFAULT_HEIGHT } = options;
  const limits = resolveLimits(options.limits);
  checkSide("width", width);
  checkSide("height", height);
  checkLimit("pixels", width * height, limits);
  const background = options.background === undefined ? BLACK : parseColor(options.background);

  const { instructions } = typeof program === "string" ? parse(program, limits) : program;
  checkLimit("instructions", instructions.length, limits);

  const list = new DrawListBuilder({ width, height, background }, limits, countExpected(instructions));
  for (const instruction of instructions) {
    if (instruction.op === "HALT") break;
    if (instruction.op === "RECT") {
      list.rect(instruction.x, instruction.y, instruction.w, instruction.h, WHITE);
    } else {
      list.text(instruction.x, instruction.y, instruction.text, 1, WHITE);
    }
  }
  if (options.onWarning !== undefined) warnOfMissingGlyphs(instructions, options.onWarning);
  return list.finish();
}

/** No less than there will be; exact but for what lies outside the canvas and for astral characters. */
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

function parse(source: string, limits: Limits): Program {
  try {
    return parseProgram(source, { maxInstructions: limits.instructions, maxDiagnostics: MAX_DIAGNOSTICS });
  } catch (cause) {
    // The parser stops at the first instruction too many; with nothing wrong before it, the limit is what failed.
    if (!(cause instanceof PxlError) || cause.code !== "PXL_TOO_MANY_INSTRUCTIONS") throw cause;
    const message = `more instructions than limits.instructions, which is ${limits.instructions}`;
    throw new RasterError("RASTER_LIMIT_INSTRUCTIONS", message, { cause });
  }
}
