import { CartridgeError } from "./errors.ts";
import { MAX_PIXELS } from "./limits.ts";
import type { PngLimits } from "./types.ts";

/** PNG 3rd ed. §11.2.1. */
export const GREY = 0;
export const RGB = 2;
export const INDEXED = 3;
export const GREY_ALPHA = 4;
export const RGBA = 6;

/** The content of the IHDR chunk. */
export interface Header {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Bits of a sample, or of a palette index: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  readonly colorType: number;
  readonly interlaced: boolean;
}

/** One image of a PNG: the whole picture, or one of the seven passes of an interlaced picture. Never empty. */
export interface Pass {
  /** Position of its first pixel in the picture. */
  readonly x: number;
  readonly y: number;
  /** Distance of its pixels in the picture. */
  readonly dx: number;
  readonly dy: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Bytes of a row without its filter byte. */
  readonly rowBytes: number;
}

const SAMPLES: Readonly<Record<number, number>> = {
  [GREY]: 1,
  [RGB]: 3,
  [INDEXED]: 1,
  [GREY_ALPHA]: 2,
  [RGBA]: 4,
};
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  [GREY]: [1, 2, 4, 8, 16],
  [RGB]: [8, 16],
  [INDEXED]: [1, 2, 4, 8],
  [GREY_ALPHA]: [8, 16],
  [RGBA]: [8, 16],
};

/** x, y, dx, dy of the passes (PNG 3rd ed. §8.1). */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Returns the samples of a pixel, alpha included. */
export function samplesPerPixel(header: Header): number {
  return SAMPLES[header.colorType] as number;
}

/** Reads the data of IHDR. Throws CARTRIDGE_BAD_HEADER or CARTRIDGE_LIMIT. */
export function readHeader(data: Uint8Array, limits: PngLimits): Header {
  if (data.length !== 13) {
    throw new CartridgeError("CARTRIDGE_BAD_HEADER", `expected IHDR with 13 bytes, got ${data.length}`);
  }
  const view = new DataView(data.buffer, data.byteOffset, 13);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const [depth, colorType, compression, filter, interlace] = data.subarray(8) as unknown as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (width === 0 || height === 0) {
    throw new CartridgeError(
      "CARTRIDGE_BAD_HEADER",
      `expected positive sides, got ${width}×${height} pixels`,
    );
  }
  if (DEPTHS[colorType]?.includes(depth) !== true || compression !== 0 || filter !== 0 || interlace > 1) {
    throw new CartridgeError(
      "CARTRIDGE_BAD_HEADER",
      `expected a combination that PNG defines, got colour type ${colorType}, depth ${depth}, compression ${compression}, filter ${filter}, interlace ${interlace}`,
    );
  }
  if (width > limits.side || height > limits.side) {
    throw new CartridgeError(
      "CARTRIDGE_LIMIT",
      `expected sides of at most limits.side, ${limits.side}, got ${width}×${height}`,
    );
  }
  if (width * height > limits.pixels) {
    const limit = limits.pixels === MAX_PIXELS ? MAX_PIXELS : `limits.pixels, ${limits.pixels}`;
    throw new CartridgeError("CARTRIDGE_LIMIT", `expected at most ${limit} pixels, got ${width}×${height}`);
  }
  return { width, height, depth, colorType, interlaced: interlace === 1 };
}

/** Returns the images in the pixel data, in file order. */
export function passesOf(header: Header): readonly Pass[] {
  const bitsPerPixel = samplesPerPixel(header) * header.depth;
  const layout = header.interlaced ? ADAM7 : ([[0, 0, 1, 1]] as const);
  const passes = layout.map(([x, y, dx, dy]) => {
    const width = Math.ceil((header.width - x) / dx);
    const height = Math.ceil((header.height - y) / dy);
    return { x, y, dx, dy, width, height, rowBytes: Math.ceil((width * bitsPerPixel) / 8) };
  });
  return passes.filter((pass) => pass.width > 0 && pass.height > 0);
}
