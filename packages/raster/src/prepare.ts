import { parseProgram, PxlError, type Program } from "@gvpie/pxl-parser";

import { checkSide, DEFAULT_HEIGHT, DEFAULT_WIDTH } from "./canvas.ts";
import { BLACK, parseColor } from "./color.ts";
import { RasterError } from "./errors.ts";
import { checkLimit, resolveLimits } from "./limits.ts";
import { bindParameters } from "./machine/parameters.ts";
import type { BoundProgram } from "./machine/state.ts";
import type { Limits, RenderOptions } from "./types.ts";

/** Most diagnostics of a faulty program that its error holds; a hostile program has millions. */
const MAX_DIAGNOSTICS = 1000;

/** The checked inputs of a render. */
export interface Prepared {
  readonly canvas: { readonly width: number; readonly height: number; readonly background: number };
  readonly bound: BoundProgram;
}

/** Checks a program and the options of its render; throws as {@link lowerProgram} says. */
export function prepare(program: string | Program, options: RenderOptions): Prepared {
  const { width = DEFAULT_WIDTH, height = DEFAULT_HEIGHT } = options;
  const limits = resolveLimits(options.limits);
  checkSide("width", width);
  checkSide("height", height);
  checkLimit("pixels", width * height, limits);
  const background = options.background === undefined ? BLACK : parseColor(options.background);

  const parsed = typeof program === "string" ? parse(program, limits) : checkShape(program);
  checkLimit("instructions", parsed.instructions.length, limits);
  const parameters = bindParameters(parsed, options.params);
  return { canvas: { width, height, background }, bound: { program: parsed, parameters, limits } };
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

/** Returns the program; throws a TypeError if another version of the parser made it, because it would be misread. */
function checkShape(program: Program): Program {
  const isOurs =
    program.language === "1" &&
    Array.isArray(program.instructions) &&
    Array.isArray(program.params) &&
    typeof program.straight === "boolean" &&
    typeof program.plain === "boolean";
  if (isOurs) return program;
  throw new TypeError(
    "expected a program from this version of @gvpie/pxl-parser, got another object; parse its source again",
  );
}
