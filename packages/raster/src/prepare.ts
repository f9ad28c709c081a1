import { parseProgram, PxlError, type Program } from "@gvpie/pxl-parser";

import { admitProgram } from "./admit-program.ts";
import { RasterError } from "./errors.ts";
import { bindParameters } from "./machine/parameters.ts";
import type { BoundProgram } from "./machine/state.ts";
import { type CanvasSetting, type CheckedOptions, readOptions, resolveCanvas } from "./options.ts";
import type { FrameAnimation, RenderOptions } from "./types.ts";

/** Most diagnostics of a faulty program that its error holds; a hostile program has millions. */
const MAX_DIAGNOSTICS = 1000;

/** The checked inputs of a render. */
export interface Prepared extends Pick<CheckedOptions, "onWarning"> {
  readonly canvas: CanvasSetting;
  readonly bound: BoundProgram;
  /** Undefined for a program without FRAMES. */
  readonly animation: FrameAnimation | undefined;
}

/** Checks a program and the options of its render; throws as {@link lowerProgram} says. */
export function prepare(given: string | Program, options: RenderOptions): Prepared {
  const checked = readOptions(options);
  const { frame, limits, params, onWarning } = checked;
  const program = typeof given === "string" ? parse(given, checked) : admitProgram(given, limits);
  const canvas = resolveCanvas(checked, program);
  const animation = program.frames && { frames: program.frames.count, delayMs: program.frames.delayMs };
  const frames = animation?.frames ?? 1;
  if (frame >= frames) {
    const expected =
      frames === 1 ? "frame as 0, the only one" : `frame as an integer from 0 to ${frames - 1}`;
    throw new RasterError("RASTER_BAD_FRAME", `expected ${expected}, got ${frame}`);
  }
  const { parameters, cells } = bindParameters(program, params);
  const surroundings = { width: canvas.width, height: canvas.height, frame, frames };
  return { canvas, onWarning, animation, bound: { program, parameters, cells, surroundings, limits } };
}

function parse(source: string, { limits, tooLarge }: CheckedOptions): Program {
  try {
    return parseProgram(source, { maxInstructions: limits.instructions, maxDiagnostics: MAX_DIAGNOSTICS });
  } catch (cause) {
    // The canvas is checked before the source, except for sides that a CANVAS may set.
    if (tooLarge !== undefined) throw tooLarge;
    // The parser stops at the first instruction beyond the limit. If no error comes before it, the limit failed.
    if (!(cause instanceof PxlError) || cause.code !== "PXL_TOO_MANY_INSTRUCTIONS") throw cause;
    const message = `expected at most ${limits.instructions} instructions (limits.instructions), got more`;
    throw new RasterError("RASTER_LIMIT_INSTRUCTIONS", message, { cause });
  }
}
