import { CHUNK_OVERHEAD } from "./chunk.ts";
import { GREY, INDEXED, RGBA } from "./header.ts";
import type { Frame } from "./types.ts";

/** A frame in one of the forms that we write: rows of samples, each behind a filter byte of 0. */
export interface PackedImage {
  readonly colorType: typeof GREY | typeof INDEXED | typeof RGBA;
  /** Bits of a sample or index. */
  readonly depth: 1 | 2 | 4 | 8;
  /** Contents of PLTE, for `INDEXED`. */
  readonly palette: Uint8Array | undefined;
  /** Contents of tRNS, where a palette entry is not opaque. */
  readonly transparency: Uint8Array | undefined;
  readonly scanlines: Uint8Array;
}

const MAX_COLORS = 256;
/** Opaque black and white as they stand in a frame, in whatever byte order the machine has. */
const [BLACK, WHITE] = new Int32Array(Uint8Array.of(0, 0, 0, 255, 255, 255, 255, 255).buffer) as unknown as [
  number,
  number,
];

/** The frame's bytes, one word a pixel. */
function wordsOf({ data }: Frame): Int32Array {
  const aligned = data.byteOffset % 4 === 0 ? data : data.slice();
  return new Int32Array(aligned.buffer, aligned.byteOffset, data.length / 4);
}

/** Whether the eight pixels from `i` on have one colour: most of a drawn frame is flat. */
function isFlat(words: Int32Array, i: number): boolean {
  const first = words[i];
  return (
    first === words[i + 1] &&
    first === words[i + 2] &&
    first === words[i + 3] &&
    first === words[i + 4] &&
    first === words[i + 5] &&
    first === words[i + 6] &&
    first === words[i + 7]
  );
}

/** One bit a pixel, or undefined when a pixel is neither opaque black nor opaque white. */
function packBilevel(words: Int32Array, width: number, height: number): Uint8Array | undefined {
  const rowBytes = Math.ceil(width / 8);
  const scanlines = new Uint8Array(height * (1 + rowBytes));
  for (let y = 0; y < height; y++) {
    const rowEnd = (y + 1) * width;
    let at = y * (1 + rowBytes) + 1;
    for (let i = y * width; i < rowEnd; i += 8, at++) {
      const count = Math.min(8, rowEnd - i);
      if (count === 8 && isFlat(words, i)) {
        if (words[i] === WHITE) {
          scanlines[at] = 255;
        } else if (words[i] !== BLACK) {
          return undefined;
        }
        continue;
      }
      let byte = 0;
      for (let bit = 0; bit < count; bit++) {
        const word = words[i + bit];
        if (word === WHITE) {
          byte |= 128 >> bit;
        } else if (word !== BLACK) {
          return undefined;
        }
      }
      scanlines[at] = byte;
    }
  }
  return scanlines;
}

/** Each pixel's colour number, colours numbered as they first occur; undefined when there are more than 256. */
function indexColors(words: Int32Array): { indexes: Uint8Array; colors: Int32Array } | undefined {
  // Open addressing with four slots a colour; a slot holds a colour number + 1.
  const slots = new Uint16Array(4 * MAX_COLORS);
  const colors = new Int32Array(MAX_COLORS);
  const indexes = new Uint8Array(words.length);
  let count = 0;
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
        if (count === MAX_COLORS) {
          return undefined;
        }
        colors[count++] = word;
        slots[slot] = count;
      }
      index = (slots[slot] as number) - 1;
    }
    indexes[i] = index;
  }
  return { indexes, colors: colors.slice(0, count) };
}

function packIndexes(indexes: Uint8Array, width: number, height: number, depth: number): Uint8Array {
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

function packIndexed(words: Int32Array, width: number, height: number): PackedImage | undefined {
  const indexed = indexColors(words);
  if (indexed === undefined) {
    return undefined;
  }
  const count = indexed.colors.length;
  const depth = count <= 2 ? 1 : count <= 4 ? 2 : count <= 16 ? 4 : 8;
  const channels = new Uint8Array(indexed.colors.buffer);
  const palette = Uint8Array.from(
    { length: count * 3 },
    (_, i) => channels[((i / 3) | 0) * 4 + (i % 3)] as number,
  );
  const alphas = channels.filter((_, i) => i % 4 === 3);
  const transparency = alphas.every((alpha) => alpha === 255) ? undefined : alphas;
  return {
    colorType: INDEXED,
    depth,
    palette,
    transparency,
    scanlines: packIndexes(indexed.indexes, width, height, depth),
  };
}

function packRgba({ width, height, data }: Frame): PackedImage {
  const rowBytes = width * 4;
  const scanlines = new Uint8Array(height * (1 + rowBytes));
  for (let y = 0; y < height; y++) {
    scanlines.set(data.subarray(y * rowBytes, (y + 1) * rowBytes), y * (1 + rowBytes) + 1);
  }
  return { colorType: RGBA, depth: 8, palette: undefined, transparency: undefined, scanlines };
}

/** The smallest exact form of a frame before compression; always RGBA when `colorType` says so. */
export function packFrame(frame: Frame, colorType: "auto" | "rgba"): PackedImage {
  if (colorType === "rgba") {
    return packRgba(frame);
  }
  const { width, height } = frame;
  const words = wordsOf(frame);
  const bilevel = packBilevel(words, width, height);
  if (bilevel !== undefined) {
    return { colorType: GREY, depth: 1, palette: undefined, transparency: undefined, scanlines: bilevel };
  }
  const indexed = packIndexed(words, width, height);
  // A tiny picture may cost more in palette than it saves in pixels.
  const tables = [indexed?.palette, indexed?.transparency].filter((table) => table !== undefined);
  const tableBytes = tables.reduce((sum, table) => sum + CHUNK_OVERHEAD + table.length, 0);
  const worthwhile =
    indexed !== undefined && tableBytes + indexed.scanlines.length < height * (1 + width * 4);
  return worthwhile ? indexed : packRgba(frame);
}
