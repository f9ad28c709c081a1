import type { SeededRandom } from "../random.ts";

const BYTES = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x20, 0x22, 0x5c];
const WORDS = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff, 0x1_0000, 13, 1 << 24];

type Change = (input: Uint8Array, other: Uint8Array, random: SeededRandom) => Uint8Array;

const CHANGES: readonly Change[] = [
  (input, _, random) => withByte(input, random, (byte) => byte ^ (1 << random.below(8))),
  (input, _, random) => withByte(input, random, () => random.pick(BYTES)),
  (input, _, random) => withByte(input, random, () => random.below(256)),
  (input, _, random) => {
    const at = random.below(input.length + 1);
    const noise = Uint8Array.from({ length: 1 + random.below(8) }, () => random.below(256));
    return splice(input, at, at, noise);
  },
  (input, _, random) => splice(input, ...rangeOf(input, random), new Uint8Array()),
  (input, _, random) => {
    const [from, to] = rangeOf(input, random);
    return splice(input, to, to, input.subarray(from, to));
  },
  (input, other, random) =>
    splice(input, ...rangeOf(input, random), other.subarray(...rangeOf(other, random))),
  (input, _, random) => input.slice(0, random.below(input.length + 1)),
  (input, _, random) => {
    if (input.length < 4) return input;
    const changed = input.slice();
    const at = random.below(input.length - 3);
    new DataView(changed.buffer).setUint32(at, random.pick(WORDS), random.oneIn(2));
    return changed;
  },
];

/** Changes, inserts, removes or duplicates some bytes, or copies some from another input. */
export function mutateBytes(input: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array {
  return random.pick(CHANGES)(input, other, random);
}

/** Returns a random range, mostly a short one. */
export function rangeOf(
  { length }: { readonly length: number },
  random: SeededRandom,
): [from: number, to: number] {
  const from = random.below(length + 1);
  const most = random.oneIn(4) ? length : 16;
  return [from, Math.min(length, from + random.below(most + 1))];
}

function splice(input: Uint8Array, from: number, to: number, middle: Uint8Array): Uint8Array {
  const parts = [input.subarray(0, from), middle, input.subarray(to)];
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

function withByte(input: Uint8Array, random: SeededRandom, change: (byte: number) => number): Uint8Array {
  if (input.length === 0) return input;
  const changed = input.slice();
  const at = random.below(input.length);
  changed[at] = change(changed[at] ?? 0);
  return changed;
}
