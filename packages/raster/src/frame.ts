import { describeValue } from "@gvpie/pxl-parser";

import { checkSide } from "./canvas.ts";
import { RasterError } from "./errors.ts";
import type { Frame } from "./types.ts";

/**
 * Creates a frame whose data is `into`, or a new buffer of zeros without it.
 *
 * @throws {RasterError} `RASTER_BAD_CANVAS` unless both sides are integers from 1 to 2³²−1; `RASTER_BAD_BUFFER` unless
 * `into` is a Uint8ClampedArray of `width * height * 4` bytes, which a detached buffer does not have;
 * `RASTER_OUT_OF_MEMORY` if a new buffer cannot be allocated.
 */
export function createFrame(width: number, height: number, into?: Uint8ClampedArray): Frame {
  checkSide("width", width);
  checkSide("height", height);
  const bytes = width * height * 4;
  if (into === undefined) {
    try {
      return { width, height, data: new Uint8ClampedArray(bytes) };
    } catch (cause) {
      throw new RasterError("RASTER_OUT_OF_MEMORY", `no memory for a frame of ${bytes} bytes`, { cause });
    }
  }
  // By tag, not `instanceof`: the buffer may come from another realm.
  const isClamped = ArrayBuffer.isView(into) && into[Symbol.toStringTag] === "Uint8ClampedArray";
  if (!isClamped || into.length !== bytes) {
    const found = isClamped
      ? `one of ${into.length}${isDetached(into) ? ", because its buffer is detached" : ""}`
      : describeValue(into);
    throw new RasterError(
      "RASTER_BAD_BUFFER",
      `expected into as a Uint8ClampedArray of ${bytes} bytes, got ${found}`,
    );
  }
  return { width, height, data: into };
}

function isDetached({ buffer }: Uint8ClampedArray): boolean {
  return (buffer as { readonly detached?: boolean }).detached === true;
}
