import type { RasterError } from "@gvpie/raster";

/** Compares by name, because a bundle and raster-webgpu, which is outside it, have one class each. */
export function isRasterError(error: unknown): error is RasterError {
  return error instanceof Error && error.name === "RasterError";
}
