import { createRandom } from "./prng.ts";

/** A program that a generator made, with the canvas that it is meant for. */
export interface RandomProgram {
  readonly source: string;
  readonly width: number;
  readonly height: number;
  readonly background: string | undefined;
}

export interface RandomProgramOptions {
  /** Widths and heights to choose from, in pixels. Default: 1 … 200, mostly next to powers of two. */
  readonly sides?: readonly number[] | undefined;
  /** Rows and columns where a backend divides its work; coordinates gather at them and ±1 around them. */
  readonly borders?: readonly number[] | undefined;
}

const SIDES = [1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 200];
const BORDERS = [8, 16, 32, 64, 96, 128];
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
const BACKGROUNDS = [undefined, "#000", "#fff", "#12345678", "#00000000", "#fe01807f"];
const CHARACTERS = [...Array.from(" !AIQgjpqy0189.,~_-@#|éÿ×€→•…—"), "語", "\u{1f600}", "\u{10ffff}"];

/**
 * A valid program from a seed: the same seed and options always give the same one.
 *
 * Draws with every instruction, clipped at every edge, at extreme coordinates, with glyphs cut at edges and borders,
 * with texts that begin far outside, and now and then with a HALT before the end.
 *
 * @param seed any integer.
 */
export function randomProgram(seed: number, options: RandomProgramOptions = {}): RandomProgram {
  const { sides = SIDES, borders = BORDERS } = options;
  const random = createRandom(seed);
  const width = random.pick(sides);
  const height = random.pick(sides);

  const position = (side: number): number => {
    const kind = random.below(16);
    if (kind === 0) return random.pick(EXTREME_POSITIONS);
    if (kind < 4) return random.between(-9, 2);
    if (kind < 7) return side + random.between(-9, 2);
    if (kind < 10) return random.pick(borders) + random.between(-1, 1);
    return random.below(side);
  };
  /** A size for something at `start`; often one that ends at an edge or border. */
  const size = (start: number, side: number): number => {
    const kind = random.below(16);
    if (kind === 0) return random.pick(EXTREME_SIZES);
    if (kind < 4) return random.below(4);
    if (kind < 7) return Math.max(0, side - start + random.between(-1, 1));
    if (kind < 10) return Math.max(0, random.pick(borders) - start + random.between(-1, 1));
    return random.below(side + 2);
  };
  const rect = (): string => {
    const x = position(width);
    const y = position(height);
    return `RECT ${x} ${y} ${Math.min(size(x, width), 2 ** 32 - 1)} ${Math.min(size(y, height), 2 ** 32 - 1)}`;
  };
  const text = (): string => {
    const isLong = random.below(8) === 0;
    const length = isLong ? random.between(20, 200) : random.between(1, 12);
    const characters = Array.from({ length }, () => random.pick(CHARACTERS));
    const x = isLong && random.below(2) === 0 ? -6 * random.below(length) - random.below(6) : position(width);
    // A text neither begins nor ends with a space, so that all of it counts.
    return `TXT ${x} ${position(height)} (${characters.join("")})`;
  };

  const count = random.below(24);
  const lines = Array.from({ length: count }, () => (random.below(2) === 0 ? rect() : text()));
  if (random.below(4) === 0) lines.splice(random.below(count + 1), 0, "HALT");
  return { source: lines.join("\n"), width, height, background: random.pick(BACKGROUNDS) };
}
