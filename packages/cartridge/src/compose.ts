import { release } from "./bytes.ts";
import { decodePixels } from "./decode.ts";
import { CartridgeError } from "./errors.ts";
import { type AnimationStructure, BLEND, DISPOSE, type FrameEntry } from "./frame-control.ts";
import type { Box } from "./pack-animation.ts";
import type { Structure } from "./structure.ts";
import type { Frame } from "./types.ts";

type Pixels = Frame<ArrayBuffer>;

/** Calls `copy` with each row of a box: its first byte on the canvas, and its first byte and the byte after it in a picture of the box. */
function forEachRow(
  canvasWidth: number,
  { x, y, width, height }: Box,
  copy: (onCanvas: number, start: number, end: number) => void,
): void {
  for (let row = 0; row < height; row++) {
    copy(((y + row) * canvasWidth + x) * 4, row * width * 4, (row + 1) * width * 4);
  }
}

/** Replaces the box on the canvas. */
function put(canvas: Pixels, box: Box, data: Uint8ClampedArray): void {
  forEachRow(canvas.width, box, (to, start, end) => canvas.data.set(data.subarray(start, end), to));
}

function clear(canvas: Pixels, box: Box): void {
  forEachRow(canvas.width, box, (to, start, end) => canvas.data.fill(0, to, to + end - start));
}

/** Returns a copy of the box on the canvas. */
function copyBox(canvas: Pixels, box: Box): Uint8ClampedArray {
  const copied = new Uint8ClampedArray(box.width * box.height * 4);
  forEachRow(canvas.width, box, (from, start, end) => {
    copied.set(canvas.data.subarray(from, from + end - start), start);
  });
  return copied;
}

/**
 * Blends the box over the canvas, in straight alpha, rounded to the nearest level (PNG 3rd ed. §13.16). Transparent pixels change
 * nothing, opaque ones replace.
 */
function blendOver(canvas: Pixels, box: Box, source: Uint8ClampedArray): void {
  const target = canvas.data;
  forEachRow(canvas.width, box, (start, from, end) => {
    for (let i = from, to = start; i < end; i += 4, to += 4) {
      const alpha = source[i + 3] as number;
      if (alpha === 0) continue;
      // Weights of both colours, and their sum: alpha × 255.
      const above = alpha * 255;
      const below = (target[to + 3] as number) * (255 - alpha);
      const sum = above + below;
      for (let channel = 0; channel < 3; channel++) {
        const mixed = (source[i + channel] as number) * above + (target[to + channel] as number) * below;
        target[to + channel] = Math.round(mixed / sum);
      }
      target[to + 3] = Math.round(sum / 255);
    }
  });
}

async function decodeFrame(structure: Structure, entry: FrameEntry, number: number): Promise<Pixels> {
  const { width, height, data } = entry;
  try {
    return await decodePixels({ ...structure, header: { ...structure.header, width, height }, data });
  } catch (error) {
    if (!(error instanceof CartridgeError)) throw error;
    throw new CartridgeError(error.code, `frame ${number}: ${error.message}`, { cause: error });
  }
}

/**
 * Decodes the frames of an animation in order, and composes each with those before it (PNG 3rd ed. §11.3.6.2). Each step gives the
 * canvas itself, whose pixels the next step changes.
 *
 * Holds the canvas, the pixels of one frame while it is decoded, and a copy of the box of a frame that is removed again.
 *
 * @throws {CartridgeError} CARTRIDGE_BAD_PIXELS.
 */
export async function* composeFrames(
  structure: Structure,
  { frames }: AnimationStructure,
): AsyncGenerator<Pixels, void, undefined> {
  const { width, height } = structure.header;
  const canvas: Pixels = { width, height, data: new Uint8ClampedArray(width * height * 4) };
  for (const [number, entry] of frames.entries()) {
    const { data } = await decodeFrame(structure, entry, number);
    const before = entry.dispose === DISPOSE.previous ? copyBox(canvas, entry) : undefined;
    if (entry.blend === BLEND.source) put(canvas, entry, data);
    else blendOver(canvas, entry, data);
    release(new Uint8Array(data.buffer));
    yield canvas;
    if (before !== undefined) put(canvas, entry, before);
    else if (entry.dispose !== DISPOSE.none) clear(canvas, entry);
  }
}
