/** Opaque black and white as they stand in a frame, in whatever byte order the machine has. */
const [BLACK, WHITE] = new Int32Array(Uint8Array.of(0, 0, 0, 255, 255, 255, 255, 255).buffer) as unknown as [
  number,
  number,
];
const DIFFERENCE = BLACK ^ WHITE;
/** Two black pixels as one number: a pair of any others is another number, or none. */
const BLACK_PAIR = new Float64Array(Int32Array.of(BLACK, BLACK).buffer)[0] as number;
/** Where in a word a bit is that white has and black has not. */
const SHIFT = 31 - Math.clz32(DIFFERENCE);

/** One bit a pixel, each row behind a filter byte of 0; undefined when a pixel is neither opaque black nor opaque white. */
export function packBilevel(words: Int32Array, width: number, height: number): Uint8Array | undefined {
  const rowBytes = Math.ceil(width / 8);
  const scanlines = new Uint8Array(height * (1 + rowBytes));
  const pairs = pairsOf(words);
  for (let y = 0; y < height; y++) {
    const rowEnd = (y + 1) * width;
    let at = y * (1 + rowBytes) + 1;
    let i = y * width;
    for (; i + 8 <= rowEnd; i += 8, at++) {
      const byte = packEight(words, i);
      if (byte < 0) {
        return undefined;
      }
      scanlines[at] = byte;
      if (byte === 0 && pairs !== undefined && i % 2 === 0) {
        const last = 2 * endOfBlack(pairs, (i + 8) >> 1, rowEnd >> 1) - 8;
        at += (last - i) >> 3;
        i = last;
      }
    }
    for (let mask = 128; i < rowEnd; i++, mask >>= 1) {
      const word = words[i];
      if (word !== BLACK && word !== WHITE) {
        return undefined;
      }
      scanlines[at] = (scanlines[at] as number) | (word === WHITE ? mask : 0);
    }
  }
  return scanlines;
}

/** The pixels by twos, where memory allows to read them so. */
function pairsOf({ buffer, byteOffset, length }: Int32Array): Float64Array | undefined {
  return byteOffset % 8 === 0 ? new Float64Array(buffer, byteOffset, length >> 1) : undefined;
}

/** Goes on from pair `i` by eight pixels as long as all of them are black: most of a drawn frame is background. */
function endOfBlack(pairs: Float64Array, i: number, end: number): number {
  while (
    i + 4 <= end &&
    pairs[i] === BLACK_PAIR &&
    pairs[i + 1] === BLACK_PAIR &&
    pairs[i + 2] === BLACK_PAIR &&
    pairs[i + 3] === BLACK_PAIR
  ) {
    i += 4;
  }
  return i;
}

/**
 * The bits of the eight pixels from `i` on, the first one highest; −1 when one is neither black nor white.
 *
 * Written out and without branches but one: most of a drawn frame is flat, and where it is not, nobody can guess the next
 * pixel, the processor included.
 */
function packEight(words: Int32Array, i: number): number {
  const w0 = words[i] as number;
  const w1 = words[i + 1] as number;
  const w2 = words[i + 2] as number;
  const w3 = words[i + 3] as number;
  const w4 = words[i + 4] as number;
  const w5 = words[i + 5] as number;
  const w6 = words[i + 6] as number;
  const w7 = words[i + 7] as number;
  const differences = (w0 ^ w1) | (w0 ^ w2) | (w0 ^ w3) | (w0 ^ w4) | (w0 ^ w5) | (w0 ^ w6) | (w0 ^ w7);
  if (differences === 0 && w0 === BLACK) {
    return 0;
  }
  const b0 = (w0 >> SHIFT) & 1;
  const b1 = (w1 >> SHIFT) & 1;
  const b2 = (w2 >> SHIFT) & 1;
  const b3 = (w3 >> SHIFT) & 1;
  const b4 = (w4 >> SHIFT) & 1;
  const b5 = (w5 >> SHIFT) & 1;
  const b6 = (w6 >> SHIFT) & 1;
  const b7 = (w7 >> SHIFT) & 1;
  const wrong =
    (w0 ^ expected(b0)) |
    (w1 ^ expected(b1)) |
    (w2 ^ expected(b2)) |
    (w3 ^ expected(b3)) |
    (w4 ^ expected(b4)) |
    (w5 ^ expected(b5)) |
    (w6 ^ expected(b6)) |
    (w7 ^ expected(b7));
  if (wrong !== 0) {
    return -1;
  }
  return (b0 << 7) | (b1 << 6) | (b2 << 5) | (b3 << 4) | (b4 << 3) | (b5 << 2) | (b6 << 1) | b7;
}

/** The word of a pixel that is white if `bit` is 1, and black if it is 0. */
function expected(bit: number): number {
  return BLACK ^ (-bit & DIFFERENCE);
}
