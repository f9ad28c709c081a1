/** Opaque black and white as words of a frame, in the byte order of the machine. */
const [BLACK, WHITE] = new Int32Array(Uint8Array.of(0, 0, 0, 255, 255, 255, 255, 255).buffer) as unknown as [
  number,
  number,
];
const DIFFERENCE = BLACK ^ WHITE;
/** Two black pixels read as one number. Any other pair reads as another number or NaN. */
const BLACK_PAIR = new Float64Array(Int32Array.of(BLACK, BLACK).buffer)[0] as number;
/** Position of a bit that is set in white and clear in black. */
const SHIFT = 31 - Math.clz32(DIFFERENCE);

/** Packs one bit per pixel, each row after a filter byte of 0. Returns undefined if a pixel is neither opaque black nor opaque white. */
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
      if (byte < 0) return undefined;
      scanlines[at] = byte;
      if (byte === 0 && pairs !== undefined && i % 2 === 0) {
        const last = 2 * endOfBlack(pairs, (i + 8) >> 1, rowEnd >> 1) - 8;
        at += (last - i) >> 3;
        i = last;
      }
    }
    for (let mask = 128; i < rowEnd; i++, mask >>= 1) {
      const word = words[i];
      if (word !== BLACK && word !== WHITE) return undefined;
      scanlines[at] = (scanlines[at] as number) | (word === WHITE ? mask : 0);
    }
  }
  return scanlines;
}

/** Returns a view of the pixels by twos; undefined if they are not aligned to 8 bytes. */
function pairsOf({ buffer, byteOffset, length }: Int32Array): Float64Array | undefined {
  return byteOffset % 8 === 0 ? new Float64Array(buffer, byteOffset, length >> 1) : undefined;
}

/** Skips black pixels from pair `i`, eight at a time: most of a drawn frame is background. Returns the pair after them. */
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
 * Returns the bits of the eight pixels from `i` on, the first in the highest bit; −1 if one is neither black nor white.
 *
 * Unrolled, with one branch: most of a drawn frame is flat, and elsewhere the processor cannot predict the next pixel.
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
  if (differences === 0 && w0 === BLACK) return 0;
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
  if (wrong !== 0) return -1;
  return (b0 << 7) | (b1 << 6) | (b2 << 5) | (b3 << 4) | (b4 << 3) | (b5 << 2) | (b6 << 1) | b7;
}

/** Returns the word of white if `bit` is 1, of black if it is 0. */
function expected(bit: number): number {
  return BLACK ^ (-bit & DIFFERENCE);
}
