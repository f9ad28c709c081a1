import { createFrame, type Frame } from "@gvpie/raster";

/** The pixels in which two frames of one size differ. */
export interface FrameDifference {
  /** Number of pixels. */
  readonly pixels: number;
  /** The first of them in reading order, with its colour in both frames as `#rrggbbaa`. */
  readonly first: { readonly x: number; readonly y: number; readonly colors: readonly [string, string] };
  /** The smallest rectangle that holds them all. */
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** Largest difference of a channel, 1 to 255. */
  readonly largest: number;
}

/** Compares two frames of one size; undefined if they are equal. */
export function compareFrames(one: Frame, other: Frame): FrameDifference | undefined {
  const { width, data: a } = one;
  const { data: b } = other;
  let [pixels, largest] = [0, 0];
  let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
  let first: FrameDifference["first"] | undefined;
  for (let at = 0; at < a.length; at += 4) {
    let distance = 0;
    for (let channel = at; channel < at + 4; channel++) {
      distance = Math.max(distance, Math.abs((a[channel] ?? 0) - (b[channel] ?? 0)));
    }
    if (distance === 0) continue;
    const [x, y] = [(at >> 2) % width, Math.floor((at >> 2) / width)];
    first ??= { x, y, colors: [colorAt(a, at), colorAt(b, at)] };
    pixels++;
    largest = Math.max(largest, distance);
    [left, top, right, bottom] = [
      Math.min(left, x),
      Math.min(top, y),
      Math.max(right, x),
      Math.max(bottom, y),
    ];
  }
  if (first === undefined) return undefined;
  const box = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  return { pixels, first, box, largest };
}

/**
 * Draws the difference of two frames of one size: pixels that differ in red where the second is darker or more transparent, and in
 * green otherwise, over the dimmed first frame in grey.
 */
export function drawDifference(one: Frame, other: Frame): Frame {
  const { width, height, data: a } = one;
  const { data: b } = other;
  const drawn = createFrame(width, height);
  for (let at = 0; at < a.length; at += 4) {
    const isEqual = [0, 1, 2, 3].every((channel) => a[at + channel] === b[at + channel]);
    const grey = brightnessAt(a, at) >> 2;
    const isLost = brightnessAt(b, at) < brightnessAt(a, at) || (b[at + 3] ?? 0) < (a[at + 3] ?? 0);
    const color = isEqual ? [grey, grey, grey] : isLost ? [255, 64, 64] : [64, 224, 96];
    drawn.data.set([...color, 255], at);
  }
  return drawn;
}

function colorAt(data: Uint8ClampedArray, at: number): string {
  return `#${Array.from(data.subarray(at, at + 4), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Brightness over black, 0 to 255. */
function brightnessAt(data: Uint8ClampedArray, at: number): number {
  const sum = 77 * (data[at] ?? 0) + 150 * (data[at + 1] ?? 0) + 29 * (data[at + 2] ?? 0);
  return Math.round(((sum >> 8) * (data[at + 3] ?? 0)) / 255);
}
