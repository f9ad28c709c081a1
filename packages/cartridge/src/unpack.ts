import { CartridgeError } from "./errors.ts";
import { GREY, GREY_ALPHA, type Header, INDEXED, type Pass, RGB, RGBA, samplesPerPixel } from "./header.ts";
import type { Structure } from "./structure.ts";
import { unfilterRow } from "./unfilter.ts";

/** Writes the row of `width` pixels at byte `at` to the picture from pixel `start` on, `step` pixels apart. */
type RowWriter = (bytes: Uint8Array, at: number, width: number, start: number, step: number) => void;

/** Returns the colour of each value of an index or a grey sample of up to 8 bits, as RGBA words. */
function colorTable({ header, palette, transparency }: Structure): Int32Array {
  const size = 2 ** header.depth;
  const channels = new Uint8Array(size * 4).fill(255);
  if (palette !== undefined && header.colorType === INDEXED) {
    for (let i = 0; i < palette.length; i += 3) channels.set(palette.subarray(i, i + 3), (i / 3) * 4);
    transparency?.forEach((alpha, i) => (channels[i * 4 + 3] = alpha));
    return new Int32Array(channels.buffer);
  }
  for (let value = 0; value < size; value++) {
    channels.fill((value * 255) / (size - 1), value * 4, value * 4 + 3);
  }
  if (transparency !== undefined) {
    // PNG 3rd ed. §11.3.1.1: a 16-bit sample; only its low `depth` bits are used.
    channels[((transparency[1] as number) & (size - 1)) * 4 + 3] = 0;
  }
  return new Int32Array(channels.buffer);
}

function tableWriter(structure: Structure, words: Int32Array): RowWriter {
  const { depth, colorType } = structure.header;
  const table = colorTable(structure);
  const entries = colorType === INDEXED ? (structure.palette as Uint8Array).length / 3 : table.length;
  // Most of a drawn frame is its first colour: filled in first, so that writers can skip bytes of zeros.
  words.fill(table[0] as number);
  return (bytes, at, width, start, step) => {
    const highest = writeTableRow(words, table, depth, bytes, at, width, start, step);
    if (highest >= entries) {
      throw new CartridgeError(
        "CARTRIDGE_BAD_PIXELS",
        `expected palette indexes below ${entries}, got ${highest}`,
      );
    }
  };
}

/** Writes the colours of a row except for bytes of 0. Returns the highest value seen. */
function writeTableRow(
  words: Int32Array,
  table: Int32Array,
  depth: number,
  bytes: Uint8Array,
  at: number,
  width: number,
  start: number,
  step: number,
): number {
  if (depth === 1 && step === 1) return writeBilevelRow(words, table, bytes, at, width, start);
  const mask = table.length - 1;
  const pixelsPerByte = 8 / depth;
  let highest = 0;
  for (let from = at, x = 0; x < width; from++, x += pixelsPerByte) {
    const byte = bytes[from] as number;
    if (byte === 0) continue;
    const end = Math.min(width, x + pixelsPerByte);
    let out = start + x * step;
    for (let pixel = x, shift = 8 - depth; pixel < end; pixel++, shift -= depth) {
      const value = (byte >> shift) & mask;
      if (value > highest) highest = value;
      words[out] = table[value] as number;
      out += step;
    }
  }
  return highest;
}

/** `writeTableRow` for one bit per pixel, the most frequent form: eight pixels at once. */
function writeBilevelRow(
  words: Int32Array,
  table: Int32Array,
  bytes: Uint8Array,
  at: number,
  width: number,
  start: number,
): number {
  const zero = table[0] as number;
  const difference = zero ^ (table[1] as number);
  const whole = start + (width & ~7);
  let seen = 0;
  let from = at;
  let out = start;
  for (; out < whole; from++, out += 8) {
    const byte = bytes[from] as number;
    if (byte === 0) continue;
    seen |= byte;
    words[out] = zero ^ (-(byte >> 7) & difference);
    words[out + 1] = zero ^ (-((byte >> 6) & 1) & difference);
    words[out + 2] = zero ^ (-((byte >> 5) & 1) & difference);
    words[out + 3] = zero ^ (-((byte >> 4) & 1) & difference);
    words[out + 4] = zero ^ (-((byte >> 3) & 1) & difference);
    words[out + 5] = zero ^ (-((byte >> 2) & 1) & difference);
    words[out + 6] = zero ^ (-((byte >> 1) & 1) & difference);
    words[out + 7] = zero ^ (-(byte & 1) & difference);
  }
  // The bits after the last pixel are padding.
  const rest = (bytes[from] as number) & (0xff00 >> (width & 7));
  for (let bit = 7; out < start + width; out++, bit--) {
    words[out] = zero ^ (-((rest >> bit) & 1) & difference);
  }
  return (seen | rest) === 0 ? 0 : 1;
}

/** Bit positions of red, green and blue in a word, and an alpha of 255, in the byte order of the machine. */
const [RED, GREEN, BLUE, OPAQUE] = [1, 1 << 8, 1 << 16, 255 << 24].map((bytes, channel) => {
  const word = new Int32Array(Uint8Array.of(bytes, bytes >> 8, bytes >> 16, bytes >> 24).buffer)[0] as number;
  return channel < 3 ? 31 - Math.clz32(word) : word;
}) as [number, number, number, number];

/** Writes rows of opaque 8-bit RGB. */
function rgbWriter(words: Int32Array): RowWriter {
  return (bytes, at, width, start, step) => {
    for (let x = 0, from = at, out = start; x < width; x++, from += 3, out += step) {
      const red = (bytes[from] as number) << RED;
      const green = (bytes[from + 1] as number) << GREEN;
      const blue = (bytes[from + 2] as number) << BLUE;
      words[out] = red | green | blue | OPAQUE;
    }
  };
}

/** Copies rows of 8-bit RGBA. */
function rgbaWriter(data: Uint8ClampedArray): RowWriter {
  return (bytes, at, width, start, step) => {
    if (step === 1) {
      data.set(bytes.subarray(at, at + width * 4), start * 4);
      return;
    }
    for (let x = 0; x < width; x++) {
      data.set(bytes.subarray(at + x * 4, at + x * 4 + 4), (start + x * step) * 4);
    }
  };
}

/** Returns the bytes of the transparent colour as in the pixel data. */
function transparentSamples(transparency: Uint8Array | undefined, depth: number): Uint8Array | undefined {
  return depth === 16 ? transparency : transparency?.filter((_, i) => i % 2 === 1);
}

/** Writes samples of 8 or 16 bits of any colour type. Keeps the high byte of 16-bit samples, as Pillow and libvips do. */
function sampleWriter({ header, transparency }: Structure, data: Uint8ClampedArray): RowWriter {
  const { colorType, depth } = header;
  const sampleBytes = depth / 8;
  const pixelBytes = samplesPerPixel(header) * sampleBytes;
  const isGrey = colorType === GREY || colorType === GREY_ALPHA;
  const green = isGrey ? 0 : sampleBytes;
  const alpha = colorType === GREY_ALPHA || colorType === RGBA ? pixelBytes - sampleBytes : undefined;
  const transparent = transparentSamples(transparency, depth);
  return (bytes, at, width, start, step) => {
    for (let x = 0, from = at, to = start * 4; x < width; x++, from += pixelBytes, to += step * 4) {
      data[to] = bytes[from] as number;
      data[to + 1] = bytes[from + green] as number;
      data[to + 2] = bytes[from + green * 2] as number;
      data[to + 3] = alpha === undefined ? 255 : (bytes[from + alpha] as number);
      if (transparent?.every((byte, i) => byte === bytes[from + i]) === true) data[to + 3] = 0;
    }
  };
}

function rowWriter(structure: Structure, data: Uint8ClampedArray): RowWriter {
  const { colorType, depth } = structure.header;
  if (colorType === INDEXED || (colorType === GREY && depth <= 8)) {
    return tableWriter(structure, new Int32Array(data.buffer));
  }
  if (depth === 8 && colorType === RGB && structure.transparency === undefined) {
    return rgbWriter(new Int32Array(data.buffer));
  }
  return colorType === RGBA && depth === 8 ? rgbaWriter(data) : sampleWriter(structure, data);
}

/** Returns the bytes of a picture's inflated pixel data. */
export function inflatedSize(passes: readonly Pass[]): number {
  return passes.reduce((sum, { height, rowBytes }) => sum + height * (1 + rowBytes), 0);
}

/**
 * Converts inflated pixel data to straight-alpha RGBA. Overwrites `inflated`, which must have `inflatedSize` bytes.
 *
 * @throws {CartridgeError} CARTRIDGE_BAD_PIXELS on an unknown filter or a colour outside the palette.
 */
export function unpackPixels(
  structure: Structure,
  passes: readonly Pass[],
  inflated: Uint8Array,
): Uint8ClampedArray<ArrayBuffer> {
  const { header } = structure;
  const data = new Uint8ClampedArray(header.width * header.height * 4);
  const write = rowWriter(structure, data);
  const pixelBytes = bytesPerPixel(header);
  let offset = 0;
  for (const { x, y, dx, dy, width, height, rowBytes } of passes) {
    let up: number | undefined;
    for (let line = 0; line < height; line++) {
      const row = offset + 1;
      unfilterRow(inflated[offset] as number, inflated, row, rowBytes, up, pixelBytes);
      write(inflated, row, width, (y + line * dy) * header.width + x, dx);
      up = row;
      offset = row + rowBytes;
    }
  }
  return data;
}

/** Returns the bytes of a pixel, at least 1: the distance that filters use. */
function bytesPerPixel(header: Header): number {
  return Math.max(1, (samplesPerPixel(header) * header.depth) / 8);
}
