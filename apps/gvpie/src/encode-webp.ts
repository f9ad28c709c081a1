import type { Frame } from "@gvpie/raster";
import { CommandError } from "./errors.ts";
import { frameBytes } from "./frame-bytes.ts";

const MAX_SIDE = 16_383;

/** The part of sharp that is used. */
type Sharp = (
  pixels: Uint8Array,
  options: {
    raw: { width: number; height: number; channels: 4; pageHeight: number };
    limitInputPixels: false;
  },
) => {
  webp(options: { lossless: true; exact: true; loop: 0; delay: number[] }): {
    toBuffer(): Promise<Uint8Array>;
  };
};

/**
 * Encodes frames of one size as a lossless WebP that is played without end.
 *
 * @throws {CommandError} if a side is longer than 16,383 pixels, or the package sharp is not installed.
 */
export async function encodeWebp(frames: readonly [Frame, ...Frame[]], delayMs: number): Promise<Uint8Array> {
  const [{ width, height }] = frames;
  if (width > MAX_SIDE || height > MAX_SIDE) {
    const found = `${width}×${height}`;
    throw new CommandError(
      "TOO_LARGE",
      `expected sides of at most ${MAX_SIDE} pixels for a WebP, got ${found}`,
    );
  }
  const sharp = await loadSharp();
  // sharp takes the frames as one picture, one below the other.
  const pixels = Buffer.concat(frames.map(frameBytes));
  const raw = { width, height: height * frames.length, channels: 4, pageHeight: height } as const;
  const delay = frames.map(() => delayMs);
  return sharp(pixels, { raw, limitInputPixels: false })
    .webp({ lossless: true, exact: true, loop: 0, delay })
    .toBuffer();
}

/** sharp is not a dependency, because it weighs 20 MB that only this format needs. */
async function loadSharp(): Promise<Sharp> {
  try {
    const { default: sharp } = (await import("sharp")) as unknown as { default: Sharp };
    return sharp;
  } catch (cause) {
    throw new CommandError(
      "NO_SHARP",
      "--format webp needs the package sharp: install it with npm install -g sharp, or beside this command without -g",
      { cause },
    );
  }
}
