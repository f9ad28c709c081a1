import { parseProgram, PxlError, type Program } from "@gvpie/pxl-parser";

import { admitProgram } from "./admit-program.ts";
import { RasterError } from "./errors.ts";
import { bindParameters } from "./machine/parameters.ts";
import type { BoundProgram } from "./machine/state.ts";
import { type CheckedOptions, readOptions } from "./options.ts";
import type { Limits, RenderOptions } from "./types.ts";

/** Most diagnostics of a faulty program that its error holds; a hostile program has millions. */
const MAX_DIAGNOSTICS = 1000;

/** The checked inputs of a render. */
export interface Prepared extends Pick<CheckedOptions, "canvas" | "onWarning"> {
  readonly bound: BoundProgram;
}

/** Checks a program and the options of its render; throws as {@link lowerProgram} says. */
export function prepare(given: string | Program, options: RenderOptions): Prepared {
  const { canvas, limits, params, onWarning } = readOptions(options);
  const program = typeof given === "string" ? parse(given, limits) : admitProgram(given, limits);
  const parameters = bindParameters(program, params);
  return { canvas, onWarning, bound: { program, parameters, limits } };
}

function parse(source: string, limits: Limits): Program {
  try {
    return parseProgram(source, { maxInstructions: limits.instructions, maxDiagnostics: MAX_DIAGNOSTICS });
  } catch (cause) {
    // The parser stops at the first instruction beyond the limit. If no error comes before it, the limit failed.
    if (!(cause instanceof PxlError) || cause.code !== "PXL_TOO_MANY_INSTRUCTIONS") throw cause;
    const message = `expected at most ${limits.instructions} instructions (limits.instructions), got more`;
    throw new RasterError("RASTER_LIMIT_INSTRUCTIONS", message, { cause });
  }
}
