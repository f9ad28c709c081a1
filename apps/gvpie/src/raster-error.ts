import type { RasterError } from "@gvpie/raster";

/** By name: the GPU's package, loaded beside a bundle, has a class of its own. */
export function isRasterError(error: unknown): error is RasterError {
  return error instanceof Error && error.name === "RasterError";
}
