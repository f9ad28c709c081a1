import type { Frame } from "@gvpie/raster";
import type Gifenc from "gifenc";
import { CommandError } from "./errors.ts";

const MAX_SIDE = 65_535;
const MAX_COLORS = 256;
/** The lowest alpha that is shown; pixels of a GIF are opaque or transparent. */
const MIN_ALPHA = 128;
/** Clears a frame before the next one, so that its transparent pixels show the ground. */
const DISPOSE_TO_GROUND = 2;

/** A GIF, and the ways in which it differs from the frames. */
export interface Gif {
  readonly bytes: Uint8Array;
  /** Frames whose colours are reduced, because they have more than 256. */
  readonly reducedFrames: number;
  /** True if a pixel is translucent, which a GIF cannot show. */
  readonly hasTranslucent: boolean;
}

/**
 * Encodes frames of one size as a GIF that is played without end.
 *
 * All frames share one palette if they have at most 256 colours together; otherwise each has its own. The colours are exact
 * unless a frame alone has more.
 *
 * @throws {CommandError} if a side is longer than 65,535 pixels.
 */
export async function encodeGif(frames: readonly [Frame, ...Frame[]], delayMs: number): Promise<Gif> {
  const [{ width, height }] = frames;
  if (width > MAX_SIDE || height > MAX_SIDE) {
    const found = `${width}×${height}`;
    throw new CommandError(
      "TOO_LARGE",
      `expected sides of at most ${MAX_SIDE} pixels for a GIF, got ${found}`,
    );
  }
  const { default: gifenc } = await import("gifenc");
  const encoder = gifenc.GIFEncoder();
  const shared = new Colors();
  const isShared = frames.every((frame) => shared.add(frame));
  const hasTransparent = frames.some(({ data }) => data.some((byte, i) => (i & 3) === 3 && byte < MIN_ALPHA));
  let reducedFrames = 0;
  for (const [number, frame] of frames.entries()) {
    const colors = isShared ? shared : new Colors();
    const isExact = isShared || colors.add(frame);
    if (!isExact) reducedFrames += 1;
    const { palette, index } = isExact ? colors.apply(frame) : reduce(gifenc, frame);
    encoder.writeFrame(index, width, height, {
      // Without a palette of its own, a frame uses that of the first one.
      ...(isShared && number > 0 ? {} : { palette }),
      delay: delayOf(number, delayMs),
      ...(hasTransparent && {
        transparent: true,
        transparentIndex: palette.length - 1,
        dispose: DISPOSE_TO_GROUND,
      }),
    });
  }
  encoder.finish();
  const hasTranslucent = frames.some(({ data }) => data.some((byte, i) => (i & 3) === 3 && byte % 255 !== 0));
  return { bytes: encoder.bytes(), reducedFrames, hasTranslucent };
}

/** Returns the time of a frame in multiples of 10 ms, so that the times of all frames together are right. */
function delayOf(number: number, delayMs: number): number {
  const before = Math.round((number * delayMs) / 10);
  return (Math.round(((number + 1) * delayMs) / 10) - before) * 10;
}

interface Indexed {
  /** The last colour is that of transparent pixels, if there are any. */
  readonly palette: number[][];
  readonly index: Uint8Array;
}

/** Up to 256 colours, and transparent pixels as one more of them. */
class Colors {
  readonly #numbers = new Map<number, number>();
  #hasTransparent = false;

  /** Adds the colours of a frame; false if there are too many. */
  add({ data }: Frame): boolean {
    let before: number | undefined = -1;
    for (let i = 0; i < data.length; i += 4) {
      const color = colorAt(data, i);
      if (color === before) continue;
      before = color;
      if (color === undefined) {
        this.#hasTransparent = true;
      } else if (!this.#numbers.has(color)) {
        this.#numbers.set(color, this.#numbers.size);
      }
      if (this.#numbers.size + (this.#hasTransparent ? 1 : 0) > MAX_COLORS) return false;
    }
    return true;
  }

  apply({ data }: Frame): Indexed {
    const palette = Array.from(this.#numbers.keys(), toRgb);
    const transparent = palette.length;
    if (this.#hasTransparent) palette.push([0, 0, 0]);
    const index = new Uint8Array(data.length / 4);
    for (let i = 0; i < index.length; i += 1) {
      const color = colorAt(data, i * 4);
      index[i] = color === undefined ? transparent : (this.#numbers.get(color) ?? 0);
    }
    return { palette, index };
  }
}

function reduce({ quantize, applyPalette }: typeof Gifenc, { data }: Frame): Indexed {
  const palette = quantize(data, MAX_COLORS - 1).map(([r = 0, g = 0, b = 0]) => [r, g, b]);
  const index = applyPalette(data, palette);
  const transparent = palette.length;
  palette.push([0, 0, 0]);
  for (let i = 0; i < index.length; i += 1) {
    if (colorAt(data, i * 4) === undefined) index[i] = transparent;
  }
  return { palette, index };
}

/** Returns a pixel as 0xRRGGBB; undefined if it is transparent. */
function colorAt(data: Uint8ClampedArray, at: number): number | undefined {
  if ((data[at + 3] as number) < MIN_ALPHA) return undefined;
  return ((data[at] as number) << 16) | ((data[at + 1] as number) << 8) | (data[at + 2] as number);
}

function toRgb(color: number): number[] {
  return [color >> 16, (color >> 8) & 255, color & 255];
}
