import { RequestError, type Refusal, type WireDiagnostic } from "@gvpie/file-socket";
import { PxlError } from "@gvpie/pxl-parser";
import { RasterError, type RasterErrorCode } from "@gvpie/raster";

/** The reply status for each error code of a rasteriser. */
const STATUS: Readonly<Record<RasterErrorCode, Refusal["status"]>> = {
  RASTER_BAD_CANVAS: "bad_request",
  RASTER_BAD_COLOR: "bad_request",
  RASTER_BAD_FRAME: "bad_request",
  RASTER_LIMIT_PIXELS: "too_large",
  RASTER_LIMIT_INSTRUCTIONS: "too_large",
  RASTER_LIMIT_GLYPHS: "too_large",
  RASTER_LIMIT_PAINTED: "too_large",
  RASTER_LIMIT_COMMANDS: "too_large",
  RASTER_LIMIT_FUEL: "too_large",
  RASTER_LIMIT_FRAMES: "too_large",
  RASTER_DIVISION_BY_ZERO: "bad_program",
  RASTER_OVERFLOW: "bad_program",
  RASTER_STACK_OVERFLOW: "bad_program",
  RASTER_STACK_UNDERFLOW: "bad_program",
  RASTER_BAD_VALUE: "bad_program",
  RASTER_BAD_INDEX: "bad_program",
  RASTER_BAD_PARAM: "bad_request",
  RASTER_OUT_OF_MEMORY: "busy",
  RASTER_CLOSED: "busy",
  RASTER_BAD_BUFFER: "internal",
  RASTER_NO_ADAPTER: "internal",
  RASTER_DEVICE_LOST: "internal",
  RASTER_BACKEND: "internal",
};

/** Milliseconds after which a client should retry a request that was answered `busy`. */
const RETRY_AFTER_MS = 500;

/** A runtime error of the program as a diagnostic; empty if the error has no position in the source. */
function runtimeDiagnostic({ code, reason, line, column, length }: RasterError): readonly WireDiagnostic[] {
  if (line === undefined || column === undefined || length === undefined) return [];
  return [{ severity: "error", code, message: reason, line, column, length }];
}

/** Converts an error of the parser or a rasteriser into the reply that the client gets; returns any other unchanged. */
export function toRequestError(error: unknown): unknown {
  if (error instanceof PxlError) {
    const { code, message, diagnostics } = error;
    return new RequestError({ status: "bad_program", code, message, diagnostics, cause: error });
  }
  if (error instanceof RasterError) {
    const { code, message } = error;
    const status = STATUS[code];
    const retryAfterMs = status === "busy" ? RETRY_AFTER_MS : undefined;
    return new RequestError({
      status,
      code,
      message,
      diagnostics: runtimeDiagnostic(error),
      retryAfterMs,
      cause: error,
    });
  }
  return error;
}
