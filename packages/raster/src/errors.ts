import type { Span } from "@gvpie/pxl-parser";

/** Stable across releases; safe to branch on. */
export type RasterErrorCode =
  | "RASTER_BAD_CANVAS"
  | "RASTER_BAD_COLOR"
  | "RASTER_BAD_BUFFER"
  | "RASTER_BAD_FRAME"
  | "RASTER_LIMIT_PIXELS"
  | "RASTER_LIMIT_INSTRUCTIONS"
  | "RASTER_LIMIT_GLYPHS"
  | "RASTER_LIMIT_PAINTED"
  | "RASTER_LIMIT_COMMANDS"
  | "RASTER_LIMIT_FUEL"
  | "RASTER_LIMIT_FRAMES"
  | "RASTER_DIVISION_BY_ZERO"
  | "RASTER_OVERFLOW"
  | "RASTER_STACK_OVERFLOW"
  | "RASTER_STACK_UNDERFLOW"
  | "RASTER_BAD_VALUE"
  | "RASTER_BAD_INDEX"
  | "RASTER_BAD_PARAM"
  | "RASTER_NO_ADAPTER"
  | "RASTER_DEVICE_LOST"
  | "RASTER_OUT_OF_MEMORY"
  | "RASTER_BACKEND"
  | "RASTER_CLOSED";

export interface RasterErrorOptions extends ErrorOptions {
  /** Place of the instruction or operand that failed; the message then begins with it. */
  readonly span?: Span | undefined;
}

/** A program, canvas or option that cannot be rendered, or a backend that failed. */
export class RasterError extends Error {
  override readonly name = "RasterError";
  readonly code: RasterErrorCode;
  /** The message without its place. */
  readonly reason: string;
  /** Line of the failure in the program, from 1; `undefined` if the program is not the cause. */
  readonly line: number | undefined;
  /** Column in code points, from 1. */
  readonly column: number | undefined;
  /** Number of code points covered. */
  readonly length: number | undefined;

  constructor(code: RasterErrorCode, reason: string, options: RasterErrorOptions = {}) {
    const { span, ...rest } = options;
    super(span === undefined ? reason : `line ${span.line}, column ${span.column}: ${reason}`, rest);
    this.code = code;
    this.reason = reason;
    this.line = span?.line;
    this.column = span?.column;
    this.length = span?.length;
  }
}
