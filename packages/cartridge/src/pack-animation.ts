import { GREY, INDEXED, RGB, RGBA } from "./header.ts";
import {
  ColorTable,
  type PackedImage,
  packIndexes,
  packRgb,
  packRgba,
  paletteOf,
  tableBytes,
  wordsOf,
} from "./pack.ts";
import type { Frame } from "./types.ts";

/** A part of the canvas, in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The form of all frames of an animation, which share one header and one palette. */
export type Form = Omit<PackedImage, "scanlines">;

/** The part of a frame that differs from the frame before. */
export interface PackedPatch extends Box {
  readonly scanlines: Uint8Array;
}

/** A changed part. Its pixels are numbers of colours, or words once there are more than 256 colours. */
interface Patch extends Box {
  readonly pixels: Uint8Array | Int32Array;
}

const [BLACK, WHITE] = new Int32Array(Uint8Array.of(0, 0, 0, 255, 255, 255, 255, 255).buffer) as unknown as [
  number,
  number,
];
/** The part of a frame that is written if nothing has changed: an animation has no frame without pixels. */
const ONE_PIXEL: Box = { x: 0, y: 0, width: 1, height: 1 };

/** Returns the smallest box that contains the pixels that differ. */
function changedBox(before: Int32Array, words: Int32Array, width: number): Box {
  const isSame = (i: number) => before[i] === words[i];
  let first = 0;
  while (first < words.length && isSame(first)) first++;
  if (first === words.length) return ONE_PIXEL;
  let last = words.length - 1;
  while (isSame(last)) last--;
  const [top, bottom] = [Math.floor(first / width), Math.floor(last / width)];
  let [left, right] = [width - 1, 0];
  for (let y = top; y <= bottom; y++) {
    const row = y * width;
    let x = 0;
    while (x < left && isSame(row + x)) x++;
    left = Math.min(left, x);
    x = width - 1;
    while (x > right && isSame(row + x)) x--;
    right = Math.max(right, x);
  }
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

function cut(words: Int32Array, width: number, box: Box): Int32Array {
  const part = new Int32Array(box.width * box.height);
  for (let y = 0; y < box.height; y++) {
    const from = (box.y + y) * width + box.x;
    part.set(words.subarray(from, from + box.width), y * box.width);
  }
  return part;
}

/**
 * Collects the frames of an animation, and chooses the smallest exact form for all of them.
 *
 * Holds one frame, and of each frame the part that has changed: one byte a pixel, or four from the first frame on with which there
 * are more than 256 colours.
 */
export class AnimationPacker {
  readonly #width: number;
  readonly #height: number;
  readonly #patches: Patch[] = [];
  readonly #table = new ColorTable();
  /** The last frame. */
  #canvas: Int32Array | undefined;
  /** False once there are more than 256 colours. */
  #isIndexed = true;
  /** False once a pixel beyond the table is not opaque. */
  #isOpaque = true;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
  }

  /** Adds the next frame, of the size of the animation. Does not keep its memory. */
  add(frame: Frame): void {
    const words = wordsOf(frame);
    const width = this.#width;
    if (this.#canvas === undefined) {
      this.#canvas = words.slice();
      this.#keep({ x: 0, y: 0, width, height: this.#height }, this.#canvas);
      return;
    }
    const box = changedBox(this.#canvas, words, width);
    this.#keep(box, cut(words, width, box));
    const [start, end] = [box.y * width, (box.y + box.height) * width];
    this.#canvas.set(words.subarray(start, end), start);
  }

  #keep(box: Box, words: Int32Array): void {
    const indexes = this.#isIndexed ? this.#table.index(words) : undefined;
    if (indexes === undefined) {
      this.#isIndexed = false;
      this.#isOpaque &&= isOpaque(words);
    }
    this.#patches.push({ ...box, pixels: indexes ?? (words === this.#canvas ? words.slice() : words) });
  }

  /** Returns the form, the smallest before compression; RGBA if `colorType` is `rgba`. */
  form(colorType: "auto" | "rgba"): Form {
    const direct = (type: typeof RGB | typeof RGBA): Form => ({
      colorType: type,
      depth: 8,
      palette: undefined,
      transparency: undefined,
    });
    if (colorType === "rgba") return direct(RGBA);
    const colors = this.#table.colors;
    const isOpaqueRgb = this.#isOpaque && isOpaque(colors);
    if (!this.#isIndexed) return direct(isOpaqueRgb ? RGB : RGBA);
    if (colors.every((color) => color === BLACK || color === WHITE)) {
      return { colorType: GREY, depth: 1, palette: undefined, transparency: undefined };
    }
    const indexed: Form = { colorType: INDEXED, ...paletteOf(colors) };
    const bytes = this.#scanlineBytes(indexed.depth) + tableBytes(indexed);
    if (bytes < this.#scanlineBytes(24)) return indexed;
    if (isOpaqueRgb) return direct(RGB);
    return bytes < this.#scanlineBytes(32) ? indexed : direct(RGBA);
  }

  #scanlineBytes(bitsPerPixel: number): number {
    return this.#patches.reduce(
      (sum, { width, height }) => sum + height * (1 + Math.ceil((width * bitsPerPixel) / 8)),
      0,
    );
  }

  /** Packs the frames in order, one for each step. */
  *pack(form: Form): Generator<PackedPatch> {
    const { colors } = this.#table;
    for (const patch of this.#patches) {
      const { x, y, width, height } = patch;
      yield { x, y, width, height, scanlines: scanlinesOf(patch, form, colors) };
    }
  }
}

function isOpaque(words: Int32Array): boolean {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  for (let i = 3; i < bytes.length; i += 4) if (bytes[i] !== 255) return false;
  return true;
}

function scanlinesOf({ width, height, pixels }: Patch, { colorType, depth }: Form, colors: Int32Array) {
  if (colorType === GREY) {
    const samples = Uint8Array.from(colors, (color) => (color === WHITE ? 1 : 0));
    const grey = (pixels as Uint8Array).map((index) => samples[index] as number);
    return packIndexes(grey, width, height, depth);
  }
  if (colorType === INDEXED) return packIndexes(pixels as Uint8Array, width, height, depth);
  const words =
    pixels instanceof Int32Array ? pixels : Int32Array.from(pixels, (index) => colors[index] as number);
  const data = new Uint8ClampedArray(words.buffer, words.byteOffset, words.byteLength);
  const packed = colorType === RGB ? packRgb({ width, height, data }) : packRgba({ width, height, data });
  return (packed as PackedImage).scanlines;
}
