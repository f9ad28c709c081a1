import { RasterError } from "@gvpie/raster";

import type { Region } from "./bands.ts";
import { TILE_WIDTH } from "./layout.ts";

/**
 * Copies a region's pixels, whose rows consist of whole tiles, into a canvas `width` pixels wide.
 *
 * @throws {RasterError} `RASTER_BAD_BUFFER` if the caller has transferred or shrunk the canvas's buffer since the start.
 */
export function copyRegion(
  pixels: Uint8Array,
  region: Region,
  canvas: Uint8ClampedArray,
  width: number,
): void {
  const stride = region.columns * TILE_WIDTH * 4;
  const rowBytes = region.width * 4;
  let to = (region.top * width + region.left) * 4;
  const end = to + ((region.height - 1) * width + region.width) * 4;
  if (canvas.length < end) {
    const found = `one of ${canvas.length}: its buffer was transferred or resized during the render`;
    throw new RasterError("RASTER_BAD_BUFFER", `expected into with at least ${end} bytes, got ${found}`);
  }
  if (stride === rowBytes && region.width === width) {
    canvas.set(pixels.subarray(0, region.height * rowBytes), to);
    return;
  }
  for (let from = 0; from < region.height * stride; from += stride, to += width * 4) {
    canvas.set(pixels.subarray(from, from + rowBytes), to);
  }
}
