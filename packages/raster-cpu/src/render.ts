import type { Program } from "@gvpie/pxl-parser";
import { createFrame, type DrawList, type Frame, type RenderOptions, useDrawList } from "@gvpie/raster";

import { IS_LITTLE_ENDIAN, swapBytes } from "./byte-order.ts";
import { checkDrawList } from "./check-draw-list.ts";
import { paint } from "./paint/index.ts";

/**
 * Renders a program on the CPU, synchronously.
 *
 * @throws {PxlError} if `program` is source text with errors.
 * @throws {RasterError} if the canvas, the background or `into` is invalid, or a limit is exceeded.
 * @throws {RangeError} if `limits` are above the hard limits.
 * @throws {TypeError} if `program` is neither source text nor a valid `Program`, or an option is unknown or of another type.
 */
export function renderProgram(program: string | Program, options: RenderOptions = {}): Frame {
  return useDrawList(program, options, (list) => drawFrame(list, options.into));
}

/**
 * Renders a draw list of `@gvpie/raster` on the CPU, synchronously; for example the draw list of a debugger.
 *
 * @param into the buffer to draw into, `list.width * list.height * 4` bytes. Default: a new one.
 * @throws {RasterError} if `into` has another size, or there is no memory for the frame.
 * @throws {TypeError} or {RangeError} if the list breaks a rule of `DrawList`.
 */
export function renderDrawList(list: DrawList, into?: Uint8ClampedArray): Frame {
  checkDrawList(list);
  return drawFrame(list, into);
}

/**
 * Paints a draw list into a frame.
 *
 * @param paintList paints a whole frame: `paint`, or that of a sequence.
 */
export function drawFrame(
  list: DrawList,
  into: Uint8ClampedArray | undefined,
  paintList: (list: DrawList, words: Uint32Array) => void = paint,
): Frame {
  const frame = createFrame(list.width, list.height, into);
  const { data } = frame;
  const isAligned = data.byteOffset % 4 === 0;
  const bytes = isAligned ? data : new Uint8ClampedArray(data.length);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, list.width * list.height);
  paintList(list, words);
  if (!IS_LITTLE_ENDIAN) swapBytes(words);
  if (!isAligned) data.set(bytes);
  return list.animation === undefined ? frame : { ...frame, animation: list.animation };
}
