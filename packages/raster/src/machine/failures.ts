import type { Span } from "@gvpie/pxl-parser";

import { RasterError } from "../errors.ts";
import type { Limits } from "../types.ts";
import { MAX_STACK } from "./control.ts";

export function outOfFuel({ fuel }: Limits, span: Span): RasterError {
  const message = `the program has not ended after ${fuel} steps, which is limits.fuel`;
  return new RasterError("RASTER_LIMIT_FUEL", message, { span });
}

export function stackOverflow(span: Span): RasterError {
  const message = `CALL while ${MAX_STACK} calls have not returned, which is the most there may be`;
  return new RasterError("RASTER_STACK_OVERFLOW", message, { span });
}

export function stackUnderflow(span: Span): RasterError {
  return new RasterError("RASTER_STACK_UNDERFLOW", "RET without a CALL to return from", { span });
}

/** The error with the place of the instruction that was running, where it has none yet. */
export function withPlace(error: unknown, span: Span | undefined): unknown {
  if (!(error instanceof RasterError) || error.line !== undefined || span === undefined) return error;
  return new RasterError(error.code, error.reason, { span, cause: error.cause });
}
