import { isUnstable } from "./bytes.ts";
import { isCount, MAX_DELAY_MS, MAX_FRAMES } from "./drawing-record.ts";
import { MAX_PIXELS } from "./limits.ts";
import { describeValue } from "./options.ts";
import type { Animation, Frame } from "./types.ts";

/** Returns the bytes as a `Uint8ClampedArray`: the same memory, or a copy if it is shared or resizable. */
function bytesOfPixels(data: unknown): Uint8ClampedArray {
  const tag = Object.prototype.toString.call(data).slice(8, -1);
  if (!ArrayBuffer.isView(data) || (tag !== "Uint8ClampedArray" && tag !== "Uint8Array")) {
    const remedy = ArrayBuffer.isView(data)
      ? ": convert the samples to 8 bits (an ImageData of rgba-unorm8)"
      : "";
    throw new TypeError(
      `expected the frame's data as a Uint8ClampedArray, got ${describeValue(data)}${remedy}`,
    );
  }
  const { buffer, byteOffset, byteLength } = data;
  if ((buffer as { readonly detached?: boolean }).detached === true) {
    throw new TypeError("expected the frame's data, got a buffer that was transferred to another owner");
  }
  const bytes = new Uint8ClampedArray(buffer, byteOffset, byteLength);
  return isUnstable(buffer) ? bytes.slice() : bytes;
}

/**
 * Checks a frame from outside. Its memory is copied if another thread may change it, or its owner may resize it.
 *
 * @throws {TypeError} if it is not a frame, or its samples are not bytes.
 * @throws {RangeError} if its sides and data do not match, or it has more than 67,108,864 pixels.
 */
export function checkFrame(frame: unknown): Frame {
  if (typeof frame !== "object" || frame === null) {
    throw new TypeError(`expected a frame with width, height and data, got ${describeValue(frame)}`);
  }
  // Each property is read once: it may be a getter.
  const { width, height, data: given, animation } = frame as Record<keyof Frame, unknown>;
  const isSide = (side: unknown): side is number => Number.isSafeInteger(side) && (side as number) >= 1;
  if (!isSide(width) || !isSide(height)) {
    const found = `${describeValue(width)}×${describeValue(height)}`;
    throw new RangeError(`expected a frame with positive integer sides, got ${found}`);
  }
  if (width * height > MAX_PIXELS) {
    throw new RangeError(`expected a frame of at most ${MAX_PIXELS} pixels, got ${width}×${height}`);
  }
  const data = bytesOfPixels(given);
  if (data.length !== width * height * 4) {
    throw new RangeError(
      `expected ${width * height * 4} bytes in a frame of ${width}×${height}, got ${data.length}`,
    );
  }
  return animation === undefined
    ? { width, height, data }
    : { width, height, data, animation: checkAnimation(animation) };
}

/** @throws {TypeError} if it is not an animation. */
function checkAnimation(animation: unknown): Animation {
  const { frames, delayMs } = Object(animation) as Record<keyof Animation, unknown>;
  if (!isCount(frames, MAX_FRAMES) || !isCount(delayMs, MAX_DELAY_MS)) {
    const found = `${describeValue(frames)} and ${describeValue(delayMs)}`;
    throw new TypeError(
      `expected the frame's animation with frames and delayMs from 1 to 65535, got ${found}`,
    );
  }
  return { frames, delayMs };
}
