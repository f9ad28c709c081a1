import type { Region } from "./bands.ts";
import { TILE_WIDTH } from "./layout.ts";

/** Copies a region's pixels, whose rows consist of whole tiles, into a canvas `width` pixels wide. */
export function copyRegion(
  pixels: Uint8Array,
  region: Region,
  canvas: Uint8ClampedArray,
  width: number,
): void {
  const stride = region.columns * TILE_WIDTH * 4;
  const rowBytes = region.width * 4;
  let to = (region.top * width + region.left) * 4;
  if (stride === rowBytes && region.width === width) {
    canvas.set(pixels.subarray(0, region.height * rowBytes), to);
    return;
  }
  for (let from = 0; from < region.height * stride; from += stride, to += width * 4) {
    canvas.set(pixels.subarray(from, from + rowBytes), to);
  }
}
