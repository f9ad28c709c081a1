// A PNG encoder for tests that shares no code with the package: every colour type, depth, filter, interlacing and
// transparency, with the expected RGBA picture, computed from the samples as the specification states.

import type { Frame } from "@gvpie/cartridge";
import { deflateSync } from "node:zlib";
import { chunk, IEND, ihdr, pngOf, type RawChunk } from "./chunks.ts";

export interface PngCase {
  readonly width: number;
  readonly height: number;
  readonly colorType: 0 | 2 | 3 | 4 | 6;
  readonly depth: 1 | 2 | 4 | 8 | 16;
  readonly interlaced: boolean;
  /** One filter for all rows, or row y with filter y mod 5. */
  readonly filter: 0 | 1 | 2 | 3 | 4 | "mixed";
  readonly transparent: boolean;
  /** Bytes of each IDAT chunk. */
  readonly idatBytes: number;
  /** Added to x before a sample is computed, so that frames of one form differ. Default 0. */
  readonly shift?: number;
}

export interface EncodedCase {
  readonly png: Uint8Array;
  readonly frame: Frame;
}

const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;
const PASSES = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
] as const;

/** Returns the samples of the colour that tRNS makes transparent. */
function keyOf(c: PngCase): number[] {
  return samplesAt({ ...c, shift: 0 }, 0, 0);
}

/** Returns a pseudo-random sample that depends only on its position, with repetitions so that filters and keys matter. */
function sampleAt({ depth, shift = 0 }: PngCase, column: number, y: number, channel: number): number {
  const x = column + shift;
  const hash = Math.imul(Math.imul(x + 1, 73) + Math.imul(y + 1, 179) + channel * 31, 0x9e3779b1) >>> 8;
  const value = (x >> 1) % 3 === 0 ? 7919 * channel + 1 : hash;
  return value % 2 ** depth;
}

function paletteOf({ depth }: PngCase): number[][] {
  return Array.from({ length: 2 ** depth }, (_, i) => [(i * 37 + 11) & 255, (i * 91 + 5) & 255, 255 - i]);
}

function alphasOf(c: PngCase): number[] {
  return c.transparent
    ? paletteOf(c)
        .slice(0, Math.ceil(2 ** c.depth * 0.6))
        .map((_, i) => (i * 50) & 255)
    : [];
}

function samplesAt(c: PngCase, x: number, y: number): number[] {
  return Array.from({ length: CHANNELS[c.colorType] }, (_, channel) => sampleAt(c, x, y, channel));
}

function rgbaAt(c: PngCase, x: number, y: number): number[] {
  const samples = samplesAt(c, x, y);
  if (c.colorType === 3) {
    const index = samples[0] as number;
    return [...(paletteOf(c)[index] as number[]), alphasOf(c)[index] ?? 255];
  }
  const key = keyOf(c);
  const isKey = c.transparent && samples.every((sample, i) => sample === key[i]);
  const scale = (sample: number) => (c.depth === 16 ? sample >> 8 : (sample * 255) / (2 ** c.depth - 1));
  const bytes = samples.map(scale);
  const alpha = c.colorType === 4 || c.colorType === 6 ? (bytes.at(-1) as number) : isKey ? 0 : 255;
  const [first = 0, second = 0, third = 0] = bytes;
  return c.colorType === 0 || c.colorType === 4
    ? [first, first, first, alpha]
    : [first, second, third, alpha];
}

function packRow(samples: readonly number[], depth: number): number[] {
  if (depth === 16) return samples.flatMap((sample) => [sample >> 8, sample & 255]);
  const bits = samples.map((sample) => sample.toString(2).padStart(depth, "0")).join("");
  const bytes: number[] = [];
  for (let at = 0; at < bits.length; at += 8) {
    bytes.push(Number.parseInt(bits.slice(at, at + 8).padEnd(8, "0"), 2));
  }
  return bytes;
}

function predict(filter: number, a: number, b: number, c: number): number {
  const p = a + b - c;
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
  const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
  return [0, a, b, Math.floor((a + b) / 2), paeth][filter] as number;
}

function filterRow(
  filter: number,
  row: readonly number[],
  up: readonly number[] | undefined,
  step: number,
): number[] {
  const filtered = row.map((byte, i) => {
    const upLeft = i < step ? 0 : (up?.[i - step] ?? 0);
    return (byte - predict(filter, i < step ? 0 : (row[i - step] as number), up?.[i] ?? 0, upLeft)) & 255;
  });
  return [filter, ...filtered];
}

function scanlinesOf(c: PngCase): number[] {
  const step = Math.max(1, (CHANNELS[c.colorType] * c.depth) / 8);
  return (c.interlaced ? PASSES : [{ x: 0, y: 0, dx: 1, dy: 1 }]).flatMap((pass) => {
    const bytes: number[] = [];
    let up: number[] | undefined;
    for (let y = pass.y, line = 0; y < c.height && pass.x < c.width; y += pass.dy, line++) {
      const samples: number[] = [];
      for (let x = pass.x; x < c.width; x += pass.dx) samples.push(...samplesAt(c, x, y));
      const row = packRow(samples, c.depth);
      bytes.push(...filterRow(c.filter === "mixed" ? line % 5 : c.filter, row, up, step));
      up = row;
    }
    return bytes;
  });
}

function transparencyChunks(c: PngCase): RawChunk[] {
  if (!c.transparent) return [];
  const key = keyOf(c).flatMap((sample) => [sample >> 8, sample & 255]);
  return [chunk("tRNS", c.colorType === 3 ? alphasOf(c) : key)];
}

export function encodeCase(c: PngCase): EncodedCase {
  const compressed = deflateSync(Uint8Array.from(scanlinesOf(c)));
  const parts: RawChunk[] = [];
  for (let at = 0; at < compressed.length; at += c.idatBytes) {
    parts.push(chunk("IDAT", compressed.subarray(at, at + c.idatBytes)));
  }
  const png = pngOf([
    ihdr(c.width, c.height, c.depth, c.colorType, [0, 0, c.interlaced ? 1 : 0]),
    ...(c.colorType === 3 ? [chunk("PLTE", paletteOf(c).flat())] : []),
    ...transparencyChunks(c),
    ...parts,
    IEND,
  ]);
  const pixels = Array.from({ length: c.width * c.height }, (_, i) =>
    rgbaAt(c, i % c.width, Math.floor(i / c.width)),
  );
  return { png, frame: { width: c.width, height: c.height, data: Uint8ClampedArray.from(pixels.flat()) } };
}

export const DEPTHS = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] } as const;
/** Width, height, filter, and bytes of each IDAT chunk. */
const LAYOUTS: readonly (readonly [number, number, PngCase["filter"], number])[] = [
  [1, 1, "mixed", 65_536],
  [3, 5, "mixed", 65_536],
  [8, 8, "mixed", 65_536],
  [21, 13, "mixed", 37],
  [10, 6, 0, 65_536],
  [10, 6, 1, 65_536],
  [10, 6, 2, 65_536],
  [10, 6, 3, 65_536],
  [10, 6, 4, 65_536],
];

function* allCases(): Generator<PngCase> {
  for (const colorType of [0, 2, 3, 4, 6] as const) {
    for (const depth of DEPTHS[colorType]) {
      for (const interlaced of [false, true]) {
        for (const transparent of colorType === 4 || colorType === 6 ? [false] : [false, true]) {
          for (const [width, height, filter, idatBytes] of LAYOUTS) {
            yield { width, height, colorType, depth, interlaced, filter, transparent, idatBytes };
          }
        }
      }
    }
  }
}

/** Every colour type and depth, with and without interlacing and transparency, in several sizes, under every filter. */
export const pngCases: readonly PngCase[] = [...allCases()];

export function caseName(c: PngCase): string {
  const flags = [c.interlaced ? "interlaced" : "", c.transparent ? "transparent" : ""]
    .filter(Boolean)
    .join(" ");
  return `type ${c.colorType} depth ${c.depth} ${c.width}×${c.height} filter ${c.filter} ${flags}`.trim();
}
