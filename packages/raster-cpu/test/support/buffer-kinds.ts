import type { Frame, Rasterizer } from "@gvpie/raster";
import { renderProgram } from "@gvpie/raster-cpu";

const BYTES = 16 * 9 * 4;

/** Creates the caller's memory for a frame of 16×9, of every kind. */
export const bufferKinds: Readonly<Record<string, () => Uint8ClampedArray>> = {
  "an array of its own": () => new Uint8ClampedArray(BYTES),
  "a part of an array, not at a word": () => new Uint8ClampedArray(BYTES + 9).subarray(3, 3 + BYTES),
  "shared memory": () => new Uint8ClampedArray(new SharedArrayBuffer(BYTES)),
  "a part of shared memory, not at a word": () =>
    new Uint8ClampedArray(new SharedArrayBuffer(BYTES + 9), 3, BYTES),
  "growable shared memory": () =>
    new Uint8ClampedArray(new SharedArrayBuffer(BYTES, { maxByteLength: 2 * BYTES })),
  "a resizable buffer": () => new Uint8ClampedArray(new ArrayBuffer(BYTES, { maxByteLength: 2 * BYTES })),
  "a part of a resizable buffer": () =>
    new Uint8ClampedArray(new ArrayBuffer(2 * BYTES, { maxByteLength: 3 * BYTES }), 4, BYTES),
};

const SOURCE = "COLOR #ff8000a0\nTXT 1 1 hi\nRECT 3 3 9 4";

export function renderInto(rasterizer: Rasterizer, into: Uint8ClampedArray): Promise<Frame> {
  return rasterizer.render(SOURCE, { width: 16, height: 9, into });
}

/** @throws if the frame is not the one that {@link renderInto} asks for. */
export function expectRendered({ width, height, data }: Frame): void {
  const expected = renderProgram(SOURCE, { width: 16, height: 9 }).data;
  const isSize = width === 16 && height === 9 && data.length === expected.length;
  if (isSize && expected.every((value, i) => value === data[i])) return;
  throw new Error("expected the frame of the calling thread, got another");
}
