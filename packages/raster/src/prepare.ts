import { parseProgram, PxlError, type Program } from "@gvpie/pxl-parser";

import { checkSide, DEFAULT_HEIGHT, DEFAULT_WIDTH } from "./canvas.ts";
import { BLACK, parseColor } from "./color.ts";
import { RasterError } from "./errors.ts";
import { checkLimit, resolveLimits } from "./limits.ts";
import { bindParameters } from "./machine/parameters.ts";
import type { BoundProgram } from "./machine/state.ts";
import type { Limits, RenderOptions } from "./types.ts";

/** Diagnostics that the error for a wrong program carries; hostile ones have millions. */
const MAX_DIAGNOSTICS = 1000;

/** What a render starts from, all of it checked. */
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
    // The parser stops at the first instruction too many; with nothing wrong before it, the limit is what failed.
    if (!(cause instanceof PxlError) || cause.code !== "PXL_TOO_MANY_INSTRUCTIONS") throw cause;
    const message = `more instructions than limits.instructions, which is ${limits.instructions}`;
    throw new RasterError("RASTER_LIMIT_INSTRUCTIONS", message, { cause });
  }
}

/** Refuses what another version of the parser made, which would be misread. */
function checkShape(program: Program): Program {
  const isOurs =
    program.language === "1" &&
    Array.isArray(program.instructions) &&
    Array.isArray(program.params) &&
    typeof program.straight === "boolean" &&
    typeof program.plain === "boolean";
  if (isOurs) return program;
  throw new TypeError(
    "not a program as this version of @gvpie/pxl-parser makes them; parse its source again",
  );
}
