/** Stable across releases; safe to branch on. */
export type RasterErrorCode =
  | "RASTER_BAD_CANVAS"
  | "RASTER_BAD_COLOR"
  | "RASTER_BAD_BUFFER"
  | "RASTER_LIMIT_PIXELS"
  | "RASTER_LIMIT_INSTRUCTIONS"
  | "RASTER_LIMIT_GLYPHS"
  | "RASTER_LIMIT_PAINTED"
  | "RASTER_NO_ADAPTER"
  | "RASTER_DEVICE_LOST"
  | "RASTER_OUT_OF_MEMORY"
  | "RASTER_BACKEND"
  | "RASTER_CLOSED";

/** A program, canvas or option that cannot be rendered, or a backend that failed. */
export class RasterError extends Error {
  override readonly name = "RasterError";
  readonly code: RasterErrorCode;

  constructor(code: RasterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
