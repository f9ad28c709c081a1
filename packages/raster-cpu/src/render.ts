import type { Program } from "@gvpie/pxl-parser";
import { createFrame, type DrawList, type Frame, type RenderOptions, useDrawList } from "@gvpie/raster";

import { IS_LITTLE_ENDIAN, swapBytes } from "./byte-order.ts";
import { paint } from "./paint.ts";

/**
 * Renders a program on the CPU, at once.
 *
 * @throws {PxlError} when `program` is source text with errors.
 * @throws {RasterError} when the canvas, the background, a limit or `into` is refused.
 * @throws {RangeError} when `limits` are above the hard limits.
 */
export function renderProgram(program: string | Program, options: RenderOptions = {}): Frame {
  return useDrawList(program, options, (list) => renderDrawList(list, options.into));
}

/**
 * Renders a draw list of `@gvpie/raster` on the CPU, at once: that of a program halfway through, for example.
 *
 * @param into where to draw, in place of a fresh buffer; `list.width * list.height * 4` bytes.
 * @throws {RasterError} when `into` is refused, or there is no memory for the frame.
 */
export function renderDrawList(list: DrawList, into?: Uint8ClampedArray): Frame {
  const frame = createFrame(list.width, list.height, into);
  const { data } = frame;
  const isAligned = data.byteOffset % 4 === 0;
  const bytes = isAligned ? data : new Uint8ClampedArray(data.length);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, list.width * list.height);
  paint(list, words);
  if (!IS_LITTLE_ENDIAN) swapBytes(words);
  if (!isAligned) data.set(bytes);
  return frame;
}
