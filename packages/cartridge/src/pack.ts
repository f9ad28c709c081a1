import { CHUNK_OVERHEAD } from "./chunk.ts";
import { GREY, INDEXED, RGB, RGBA } from "./header.ts";
import { packBilevel } from "./pack-bilevel.ts";
import type { Frame } from "./types.ts";

/** A frame in one of the forms that the encoder writes: rows of samples, each after its filter byte. */
export interface PackedImage {
  readonly colorType: typeof GREY | typeof INDEXED | typeof RGB | typeof RGBA;
  /** Bits of a sample or index. */
  readonly depth: 1 | 2 | 4 | 8;
  /** Data of PLTE; only for `INDEXED`. */
  readonly palette: Uint8Array | undefined;
  /** Data of tRNS, if a palette entry is not opaque. */
  readonly transparency: Uint8Array | undefined;
  readonly scanlines: Uint8Array;
}

const MAX_COLORS = 256;
/** The filter that stores each byte minus the byte of the pixel to its left (PNG 3rd ed. §9.2). */
const SUB = 1;

/** Returns the frame's bytes as one word per pixel. */
export function wordsOf({ data }: Frame): Int32Array {
  const aligned = data.byteOffset % 4 === 0 ? data : data.slice();
  return new Int32Array(aligned.buffer, aligned.byteOffset, data.length / 4);
}

/** Numbers colours in order of first occurrence, up to 256 of them. */
export class ColorTable {
  /** A hash table with open addressing and four slots per colour; a slot holds a colour number + 1. */
  readonly #slots = new Uint16Array(4 * MAX_COLORS);
  readonly #colors = new Int32Array(MAX_COLORS);
  #count = 0;

  /** The colours so far, by number. */
  get colors(): Int32Array {
    return this.#colors.slice(0, this.#count);
  }

  /** Returns each pixel's number, or undefined if there are more than 256 colours, those of earlier calls included. */
  index(words: Int32Array): Uint8Array | undefined {
    const slots = this.#slots;
    const colors = this.#colors;
    const indexes = new Uint8Array(words.length);
    let count = this.#count;
    let previous = ~(words[0] as number);
    let index = 0;
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as number;
      if (word !== previous) {
        previous = word;
        let slot = Math.imul(word, 0x9e3779b1) >>> 22;
        while (slots[slot] !== 0 && colors[(slots[slot] as number) - 1] !== word) {
          slot = (slot + 1) % slots.length;
        }
        if (slots[slot] === 0) {
          if (count === MAX_COLORS) return undefined;
          colors[count++] = word;
          slots[slot] = count;
          this.#count = count;
        }
        index = (slots[slot] as number) - 1;
      }
      indexes[i] = index;
    }
    return indexes;
  }
}

/** Packs indexes or grey samples of `depth` bits, each row after a filter byte of 0. */
export function packIndexes(indexes: Uint8Array, width: number, height: number, depth: number): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8);
  const scanlines = new Uint8Array(height * (1 + rowBytes));
  for (let y = 0; y < height; y++) {
    const row = indexes.subarray(y * width, (y + 1) * width);
    const start = y * (1 + rowBytes) + 1;
    if (depth === 8) {
      scanlines.set(row, start);
      continue;
    }
    for (let x = 0; x < width; x++) {
      const at = start + ((x * depth) >> 3);
      // The leftmost pixel takes the high bits.
      scanlines[at] = (scanlines[at] as number) | ((row[x] as number) << (8 - depth - ((x * depth) & 7)));
    }
  }
  return scanlines;
}

/** The tables of a palette, and the bits of an index. */
type Palette = Pick<PackedImage, "depth" | "palette" | "transparency">;

/** Returns the palette of these colours, at most 256. */
export function paletteOf(colors: Int32Array): Palette {
  const count = colors.length;
  const channels = new Uint8Array(colors.buffer);
  const palette = Uint8Array.from(
    { length: count * 3 },
    (_, i) => channels[((i / 3) | 0) * 4 + (i % 3)] as number,
  );
  const alphas = channels.filter((_, i) => i % 4 === 3);
  return {
    depth: count <= 2 ? 1 : count <= 4 ? 2 : count <= 16 ? 4 : 8,
    palette,
    transparency: alphas.every((alpha) => alpha === 255) ? undefined : alphas,
  };
}

function packIndexed(words: Int32Array, width: number, height: number): PackedImage | undefined {
  const table = new ColorTable();
  const indexes = table.index(words);
  if (indexes === undefined) return undefined;
  const palette = paletteOf(table.colors);
  return {
    colorType: INDEXED,
    ...palette,
    scanlines: packIndexes(indexes, width, height, palette.depth),
  };
}

/**
 * Packs red, green and blue under the filter Sub: frames of many colours are mostly gradients, which become runs. Returns
 * undefined if a pixel is not opaque.
 */
export function packRgb({ width, height, data }: Frame): PackedImage | undefined {
  const scanlines = new Uint8Array(height * (1 + width * 3));
  for (let y = 0, from = 0, at = 0; y < height; y++) {
    scanlines[at++] = SUB;
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let x = 0; x < width; x++, from += 4, at += 3) {
      if (data[from + 3] !== 255) return undefined;
      scanlines[at] = (data[from] as number) - red;
      scanlines[at + 1] = (data[from + 1] as number) - green;
      scanlines[at + 2] = (data[from + 2] as number) - blue;
      red = data[from] as number;
      green = data[from + 1] as number;
      blue = data[from + 2] as number;
    }
  }
  return { colorType: RGB, depth: 8, palette: undefined, transparency: undefined, scanlines };
}

/** Packs all four channels. */
export function packRgba({ width, height, data }: Frame): PackedImage {
  const rowBytes = width * 4;
  const scanlines = new Uint8Array(height * (1 + rowBytes));
  for (let y = 0; y < height; y++) {
    scanlines.set(data.subarray(y * rowBytes, (y + 1) * rowBytes), y * (1 + rowBytes) + 1);
  }
  return { colorType: RGBA, depth: 8, palette: undefined, transparency: undefined, scanlines };
}

/** Returns the bytes of the tables of an image. */
export function tableBytes({ palette, transparency }: Omit<Palette, "depth">): number {
  const tables = [palette, transparency].filter((table) => table !== undefined);
  return tables.reduce((sum, table) => sum + CHUNK_OVERHEAD + table.length, 0);
}

/** Returns the bytes of an image before compression. */
function sizeOf(image: PackedImage): number {
  return image.scanlines.length + tableBytes(image);
}

/** Returns the smallest exact form of a frame before compression; RGBA if `colorType` is `rgba`. */
export function packFrame(frame: Frame, colorType: "auto" | "rgba"): PackedImage {
  if (colorType === "rgba") return packRgba(frame);
  const { width, height } = frame;
  const words = wordsOf(frame);
  const bilevel = packBilevel(words, width, height);
  if (bilevel !== undefined) {
    return { colorType: GREY, depth: 1, palette: undefined, transparency: undefined, scanlines: bilevel };
  }
  const indexed = packIndexed(words, width, height);
  // The palette of a tiny picture may take more bytes than it saves.
  const isWorthwhile = indexed !== undefined && sizeOf(indexed) < height * (1 + width * 3);
  return isWorthwhile ? indexed : (packRgb(frame) ?? smaller(indexed, packRgba(frame)));
}

function smaller(a: PackedImage | undefined, b: PackedImage): PackedImage {
  return a !== undefined && sizeOf(a) < sizeOf(b) ? a : b;
}
