import type { Frame } from "@gvpie/cartridge";
import { SeededRandom } from "@gvpie/testing/random";
import * as fc from "fast-check";

type Rgba = readonly [number, number, number, number];

const COLORS: Readonly<Record<string, Rgba>> = {
  ".": [0, 0, 0, 255],
  "#": [255, 255, 255, 255],
  r: [255, 0, 0, 255],
  g: [0, 255, 0, 255],
  b: [0, 0, 255, 255],
  "?": [10, 20, 30, 128],
  " ": [0, 0, 0, 0],
};

/** Returns a frame drawn as text, one letter per pixel. */
export function frameOf(...rows: readonly string[]): Frame {
  const pixels = rows.flatMap((row) => Array.from(row, (letter) => COLORS[letter] as Rgba));
  return { width: rows[0]?.length ?? 0, height: rows.length, data: Uint8ClampedArray.from(pixels.flat()) };
}

/** Returns a frame with computed pixels. */
export function paintFrame(width: number, height: number, color: (x: number, y: number) => Rgba): Frame {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) data.set(color(i % width, Math.floor(i / width)), i * 4);
  return { width, height, data };
}

/** Returns a frame of exactly `count` colours with the same alpha. */
export function frameWithColors(count: number, alpha = 255): Frame {
  const side = Math.max(20, Math.ceil(Math.sqrt(count)));
  return paintFrame(side, side, (x, y) => {
    const color = (y * side + x) % count;
    return [color & 255, (color >> 8) * 16 + 3, 77, alpha];
  });
}

/** Returns a frame of pseudo-random bytes, of which no pixel is equal in the next frame. */
export function noise(side: number, seed: number): Frame {
  const words = new Uint32Array(side * side);
  let state = seed + 1;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[i] = state;
  }
  return { width: side, height: side, data: new Uint8ClampedArray(words.buffer) };
}

/** Frames of every form that the encoder writes. */
export const frames: fc.Arbitrary<Frame> = fc
  .record({
    width: fc.integer({ min: 1, max: 40 }),
    height: fc.integer({ min: 1, max: 12 }),
    colors: fc.oneof(
      fc.constant([0xff000000, 0xffffffff]),
      fc.array(fc.nat(0xffffffff), { minLength: 1, maxLength: 40 }),
      fc.array(fc.nat(0xffffffff), { minLength: 257, maxLength: 480 }),
      fc.array(
        fc.nat(0xffffff).map((rgb) => (0xff000000 | rgb) >>> 0),
        { minLength: 1, maxLength: 480 },
      ),
    ),
    seed: fc.nat(),
  })
  .map(({ width, height, colors, seed }) => {
    const words = new Uint32Array(width * height);
    const random = new SeededRandom(seed);
    for (let i = 0; i < words.length; i++) words[i] = random.pick(colors);
    return { width, height, data: new Uint8ClampedArray(words.buffer) };
  });
