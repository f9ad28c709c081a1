/** Bits of the codes that are looked up at once. Larger tables would take longer to fill than a short block to read. */
const TABLE_BITS = 10;
const MAX_BITS = 15;
const END_OF_BLOCK = 256;
/** The most blocks with their own codes: zlib writes one for thousands of symbols, and each takes time. */
const MAX_CODES = 65_536;
/** RFC 1951 §3.2.7: the order in which the lengths of the code-length code are stored. */
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/** RFC 1951 §3.2.5: the extra bits of each length, from code 257 on. */
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

/** Reads a stream bit by bit, the lowest bit of a byte first. After the end it reads zeros. */
class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #bits = 0;
  #count = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  /** True once bits after the end were used. */
  get isPastEnd(): boolean {
    return this.#at - (this.#count >> 3) > this.#bytes.length;
  }

  /** Returns the next bits, at most 16, without moving on. */
  peek(count: number): number {
    while (this.#count < count) {
      this.#bits |= (this.#bytes[this.#at++] ?? 0) << this.#count;
      this.#count += 8;
    }
    return this.#bits & ((1 << count) - 1);
  }

  skip(count: number): void {
    this.#bits >>>= count;
    this.#count -= count;
  }

  take(count: number): number {
    const value = this.peek(count);
    this.skip(count);
    return value;
  }

  /** Skips a stored block. */
  skipStored(): void {
    this.skip(this.#count & 7);
    const length = this.take(16);
    this.take(16);
    // Bytes that were read ahead belong to the block.
    this.#at += length - (this.#count >> 3);
    this.#bits = 0;
    this.#count = 0;
  }
}

/** A Huffman code of RFC 1951 §3.2.2. */
class HuffmanCode {
  /** Number of codes of each length. */
  readonly #counts = new Uint16Array(MAX_BITS + 1);
  /** Symbols in the order of their codes. */
  readonly #symbols = new Uint16Array(288);
  /** Symbol and length, `symbol * 16 + length`, by the next bits; 0 for longer codes. */
  readonly #table = new Uint16Array(1 << TABLE_BITS);

  /** Sets the lengths of the codes. Returns the number of codes. */
  set(lengths: readonly number[]): number {
    const counts = this.#counts.fill(0);
    for (const length of lengths) counts[length] = (counts[length] as number) + 1;
    counts[0] = 0;
    const nextIndex = [0, 0];
    const nextCode = [0, 0];
    for (let length = 1; length < MAX_BITS; length++) {
      const count = counts[length] as number;
      nextIndex.push((nextIndex[length] as number) + count);
      nextCode.push(((nextCode[length] as number) + count) << 1);
    }
    this.#table.fill(0);
    lengths.forEach((length, symbol) => {
      if (length === 0) return;
      this.#symbols[nextIndex[length] as number] = symbol;
      nextIndex[length] = (nextIndex[length] as number) + 1;
      const code = nextCode[length] as number;
      nextCode[length] = code + 1;
      if (length <= TABLE_BITS) this.#fill(code, length, symbol);
    });
    return counts.reduce((sum, count) => sum + count, 0);
  }

  #fill(code: number, length: number, symbol: number): void {
    let reversed = 0;
    for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
    for (let i = reversed; i < this.#table.length; i += 1 << length) this.#table[i] = symbol * 16 + length;
  }

  /** Reads a symbol; undefined if no code matches. */
  read(bits: BitReader): number | undefined {
    const next = bits.peek(MAX_BITS);
    const entry = this.#table[next & (this.#table.length - 1)] as number;
    if (entry !== 0) {
      bits.skip(entry & 15);
      return entry >> 4;
    }
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MAX_BITS; length++) {
      code |= (next >> (length - 1)) & 1;
      const count = this.#counts[length] as number;
      if (code - first < count) {
        bits.skip(length);
        return this.#symbols[index + code - first];
      }
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return undefined;
  }
}

const FIXED_LENGTHS = Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8));
const FIXED_DISTANCES = Array.from({ length: 30 }, () => 5);

/** Reads the codes of a dynamic block (RFC 1951 §3.2.7). Returns false if its lengths are invalid or its only code is the end. */
function readCodes(bits: BitReader, literals: HuffmanCode, distances: HuffmanCode): boolean {
  const literalCount = bits.take(5) + 257;
  const distanceCount = bits.take(5) + 1;
  const stored = Array.from({ length: 19 }, () => 0);
  for (let i = bits.take(4) + 4, at = 0; at < i; at++) stored[LENGTH_ORDER[at] as number] = bits.take(3);
  literals.set(stored);
  const lengths: number[] = [];
  while (lengths.length < literalCount + distanceCount) {
    const symbol = literals.read(bits);
    if (symbol === undefined) return false;
    if (symbol < 16) {
      lengths.push(symbol);
      continue;
    }
    const value = symbol === 16 ? (lengths.at(-1) ?? 0) : 0;
    const repeat = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
    for (let i = 0; i < repeat; i++) lengths.push(value);
  }
  distances.set(lengths.slice(literalCount, literalCount + distanceCount));
  return literals.set(lengths.slice(0, literalCount)) > 1;
}

/** Reads the symbols of a block up to its end. Returns false if a code is invalid. */
function skipSymbols(bits: BitReader, literals: HuffmanCode, distances: HuffmanCode): boolean {
  for (;;) {
    const symbol = literals.read(bits);
    if (symbol === undefined || bits.isPastEnd) return false;
    if (symbol < END_OF_BLOCK) continue;
    if (symbol === END_OF_BLOCK) return true;
    bits.take(LENGTH_BITS[symbol - 257] ?? 0);
    const distance = distances.read(bits);
    if (distance === undefined) return false;
    // RFC 1951 §3.2.5: codes 0 to 3 have no extra bits, each following pair one more.
    if (distance > 3) bits.take((distance >> 1) - 1);
  }
}

/**
 * True if every block of a zlib stream can be read by every decoder. zlib accepts a block whose only code is that of its end;
 * the decoder of Chromium rejects it, and shows the picture only up to there. No encoder writes such a block. The stream must be
 * one that zlib accepts. The time follows from the length of the stream.
 */
export function hasCommonBlocks(stream: Uint8Array): boolean {
  const bits = new BitReader(stream, 2);
  const literals = new HuffmanCode();
  const distances = new HuffmanCode();
  let codes = 0;
  for (let isLast = false; !isLast;) {
    isLast = bits.take(1) === 1;
    const type = bits.take(2);
    if (type === 0) {
      bits.skipStored();
    } else if (type === 1) {
      literals.set(FIXED_LENGTHS);
      distances.set(FIXED_DISTANCES);
      if (!skipSymbols(bits, literals, distances)) return false;
    } else {
      if (++codes > MAX_CODES || !readCodes(bits, literals, distances)) return false;
      if (!skipSymbols(bits, literals, distances)) return false;
    }
    if (bits.isPastEnd) return false;
  }
  return true;
}
