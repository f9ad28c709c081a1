import { describeValue } from "@gvpie/pxl-parser";

import { RasterError } from "./errors.ts";

/** Default width of the canvas, in pixels. */
export const DEFAULT_WIDTH = 128;
/** Default height of the canvas, in pixels. */
export const DEFAULT_HEIGHT = 64;

/** @throws {RasterError} `RASTER_BAD_CANVAS` unless `value` is an integer from 1 to 2³²−1. */
export function checkSide(name: "width" | "height", value: unknown): void {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value < 2 ** 32) return;
  const found = describeValue(value);
  throw new RasterError(
    "RASTER_BAD_CANVAS",
    `expected ${name} as an integer from 1 to 4294967295, got ${found}`,
  );
}
