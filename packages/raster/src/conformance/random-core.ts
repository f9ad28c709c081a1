import { createRandom, type Random } from "./prng.ts";
import type { RandomProgram, RandomProgramOptions } from "./types.ts";

/** Widths and heights, mostly next to powers of two. */
export const SIDES: readonly number[] = [
  1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 200,
];
export const BORDERS: readonly number[] = [8, 16, 32, 64, 96, 128];
const EXTREME_POSITIONS = [
  -(2 ** 31),
  -(2 ** 31) + 1,
  -(2 ** 24),
  -65536,
  65535,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];
const EXTREME_SIZES = [0, 65536, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 2, 2 ** 32 - 1];
export const BACKGROUNDS: readonly (string | undefined)[] = [
  undefined,
  "#000",
  "#fff",
  "#12345678",
  "#00000000",
  "#fe01807f",
];
const CHARACTERS = [...Array.from(" !AIQgjpqy0189.,~_-@#|éÿ×€→•…—"), "語", "\u{1f600}", "\u{10ffff}"];

/** Writes random operands, and lines of TXT and RECT, for a canvas of a certain size. */
export interface Strokes {
  /** Returns a position on an axis of that length. */
  position(side: number): number;
  /** Returns a size for a drawing at `start`, which often ends at an edge or border. */
  size(start: number, side: number): number;
  rect(): string;
  text(): string;
}

export function createStrokes(
  random: Random,
  width: number,
  height: number,
  borders: readonly number[],
): Strokes {
  const position = (side: number): number => {
    const kind = random.below(16);
    if (kind === 0) return random.pick(EXTREME_POSITIONS);
    if (kind < 4) return random.between(-9, 2);
    if (kind < 7) return side + random.between(-9, 2);
    if (kind < 10) return random.pick(borders) + random.between(-1, 1);
    return random.below(side);
  };
  const size = (start: number, side: number): number => {
    const kind = random.below(16);
    if (kind === 0) return random.pick(EXTREME_SIZES);
    if (kind < 4) return random.below(4);
    if (kind >= 10) return random.below(side + 2);
    const rest = (kind < 7 ? side : random.pick(borders)) - start;
    return Math.min(Math.max(0, rest + random.between(-1, 1)), 2 ** 32 - 1);
  };
  const rect = (): string => {
    const x = position(width);
    const y = position(height);
    return `RECT ${x} ${y} ${size(x, width)} ${size(y, height)}`;
  };
  const text = (): string => {
    const isLong = random.below(8) === 0;
    const length = isLong ? random.between(20, 200) : random.between(1, 12);
    const characters = Array.from({ length }, () => random.pick(CHARACTERS));
    const x = isLong && random.below(2) === 0 ? -6 * random.below(length) - random.below(6) : position(width);
    // The parentheses keep spaces at the ends of the text.
    return `TXT ${x} ${position(height)} (${characters.join("")})`;
  };
  return { position, size, rect, text };
}

/** Returns a program of rectangles and texts from a seed. It never changes, because large cases consist of it. */
export function randomCoreProgram(seed: number, options: RandomProgramOptions = {}): RandomProgram {
  const { sides = SIDES, borders = BORDERS } = options;
  const random = createRandom(seed);
  const width = random.pick(sides);
  const height = random.pick(sides);
  const { rect, text } = createStrokes(random, width, height, borders);
  const count = random.below(24);
  const lines = Array.from({ length: count }, () => (random.below(2) === 0 ? rect() : text()));
  if (random.below(4) === 0) lines.splice(random.below(count + 1), 0, "HALT");
  return { source: lines.join("\n"), width, height, background: random.pick(BACKGROUNDS), params: {} };
}
