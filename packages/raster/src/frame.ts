import { RasterError } from "./errors.ts";
import type { Frame } from "./types.ts";

/**
 * The frame to render into: `into` where it is given, else a fresh one of zeros.
 *
 * @throws {RasterError} `RASTER_BAD_BUFFER` unless `into` is a Uint8ClampedArray of `width * height * 4` bytes;
 * `RASTER_OUT_OF_MEMORY` when a fresh one cannot be had.
 */
export function createFrame(width: number, height: number, into?: Uint8ClampedArray): Frame {
  const bytes = width * height * 4;
  if (into === undefined) {
    try {
      return { width, height, data: new Uint8ClampedArray(bytes) };
    } catch (cause) {
      throw new RasterError("RASTER_OUT_OF_MEMORY", `no memory for a frame of ${bytes} bytes`, { cause });
    }
  }
  if (!(into instanceof Uint8ClampedArray) || into.length !== bytes) {
    const found = into instanceof Uint8ClampedArray ? `one of ${into.length}` : typeof into;
    throw new RasterError(
      "RASTER_BAD_BUFFER",
      `into must be a Uint8ClampedArray of ${bytes} bytes, got ${found}`,
    );
  }
  return { width, height, data: into };
}
