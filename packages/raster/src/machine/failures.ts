import type { Span } from "@gvpie/pxl-parser";

import { RasterError } from "../errors.ts";
import type { Limits } from "../types.ts";
import { MAX_STACK } from "./control.ts";

export function outOfFuel({ fuel }: Limits, span: Span): RasterError {
  const message = `expected the program to end within ${fuel} steps (limits.fuel), got more`;
  return new RasterError("RASTER_LIMIT_FUEL", message, { span });
}

export function stackOverflow(span: Span): RasterError {
  const message = `expected at most ${MAX_STACK} calls that have not returned, got one more CALL`;
  return new RasterError("RASTER_STACK_OVERFLOW", message, { span });
}

export function stackUnderflow(span: Span): RasterError {
  return new RasterError("RASTER_STACK_UNDERFLOW", "expected a CALL before this RET, got an empty stack", {
    span,
  });
}

/** Returns the error with the place of the instruction that was running, unless it has a place or is of another class. */
export function withPlace(error: unknown, span: Span | undefined): unknown {
  if (!(error instanceof RasterError) || error.line !== undefined || span === undefined) return error;
  return new RasterError(error.code, error.reason, { span, cause: error.cause });
}

/** The failure of what this rasteriser cannot draw. */
export function unsupported(span?: Span): RasterError {
  return new RasterError("RASTER_BACKEND", "expected a program of language version 1, got version 2", {
    span,
  });
}
