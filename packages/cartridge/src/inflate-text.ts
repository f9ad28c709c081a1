// A small synchronous inflate for compressed texts: browsers have none, and `readCartridgeMetadata` must not wait.
// Pixels go through the platform's zlib instead, which is several times faster.
// "§" means RFC 1951 unless RFC 1950 is named.

import { CartridgeError } from "./errors.ts";

/** §3.2.5: lengths 3 … 258 by symbol − 257, with their extra bits. */
const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
] as const;
const LENGTH_EXTRA = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
] as const;
/** §3.2.7: the order in which the lengths of the code-length codes are stored. */
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] as const;
const MAX_CODE_BITS = 15;
const END_OF_BLOCK = 256;

/** A canonical Huffman code (§3.2.2): how many codes each length has, and the symbols in code order. */
interface Code {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

function damaged(message: string): CartridgeError {
  return new CartridgeError("CARTRIDGE_BAD_METADATA", `a compressed text is damaged: ${message}`);
}

function buildCode(lengths: Uint8Array): Code {
  const counts = new Uint16Array(MAX_CODE_BITS + 1);
  for (const length of lengths) {
    counts[length] = (counts[length] as number) + 1;
  }
  const used = lengths.length - (counts[0] as number);
  counts[0] = 0;
  const offsets = new Uint16Array(MAX_CODE_BITS + 2);
  let free = 1;
  for (let length = 1; length <= MAX_CODE_BITS; length++) {
    const count = counts[length] as number;
    free = free * 2 - count;
    if (free < 0) {
      throw damaged("it has more codes than fit");
    }
    offsets[length + 1] = (offsets[length] as number) + count;
  }
  // §3.2.7 allows one incomplete code: a single symbol of one bit. No symbol at all fails when it is used.
  if (free > 0 && used > 0 && !(used === 1 && counts[1] === 1)) {
    throw damaged("it has fewer codes than it needs");
  }
  const symbols = new Uint16Array(used);
  lengths.forEach((length, symbol) => {
    if (length > 0) {
      const at = offsets[length] as number;
      symbols[at] = symbol;
      offsets[length] = at + 1;
    }
  });
  return { counts, symbols };
}

function fixedCodes(): readonly [literals: Code, distances: Code] {
  // §3.2.6. Symbols 286, 287, 30 and 31 take part in the code but never occur.
  const lengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
  return [buildCode(lengths), buildCode(new Uint8Array(32).fill(5))];
}

class TextInflater {
  readonly #input: Uint8Array;
  readonly #maxBytes: number;
  #position = 2;
  #bits = 0;
  #bitCount = 0;
  #output: Uint8Array;
  #length = 0;

  constructor(input: Uint8Array, maxBytes: number) {
    this.#input = input;
    this.#maxBytes = maxBytes;
    this.#output = new Uint8Array(Math.min(maxBytes, input.length * 4));
  }

  run(): Uint8Array {
    let last = false;
    while (!last) {
      last = this.#take(1) === 1;
      const type = this.#take(2);
      if (type === 0) {
        this.#stored();
      } else if (type === 1) {
        this.#block(...fixedCodes());
      } else if (type === 2) {
        this.#block(...this.#dynamicCodes());
      } else {
        throw damaged("unknown block type");
      }
    }
    this.#checkEnd();
    return this.#output.subarray(0, this.#length);
  }

  /** At most 16 bits. */
  #take(count: number): number {
    while (this.#bitCount < count) {
      const byte = this.#input[this.#position];
      if (byte === undefined) {
        throw damaged("it ends early");
      }
      this.#position++;
      this.#bits |= byte << this.#bitCount;
      this.#bitCount += 8;
    }
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#bitCount -= count;
    return value;
  }

  #symbol({ counts, symbols }: Code): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      code |= this.#take(1);
      const count = counts[length] as number;
      if (code - first < count) {
        return symbols[index + code - first] as number;
      }
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw damaged("unknown code");
  }

  /** Make room for `count` bytes more. */
  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed > this.#maxBytes) {
      throw new CartridgeError(
        "CARTRIDGE_LIMIT",
        `a compressed text inflates to more than ${this.#maxBytes} bytes`,
      );
    }
    if (needed > this.#output.length) {
      const grown = new Uint8Array(Math.min(this.#maxBytes, Math.max(needed, this.#output.length * 2)));
      grown.set(this.#output);
      this.#output = grown;
    }
  }

  /** §3.2.4. */
  #stored(): void {
    this.#bits = 0;
    this.#bitCount = 0;
    const length = this.#take(16);
    if ((length ^ this.#take(16)) !== 0xffff) {
      throw damaged("a stored length contradicts itself");
    }
    if (length > this.#input.length - this.#position) {
      throw damaged("it ends early");
    }
    this.#reserve(length);
    this.#output.set(this.#input.subarray(this.#position, this.#position + length), this.#length);
    this.#position += length;
    this.#length += length;
  }

  /** §3.2.7. */
  #dynamicCodes(): readonly [literals: Code, distances: Code] {
    const literalCount = this.#take(5) + 257;
    const distanceCount = this.#take(5) + 1;
    const codeLengthCount = this.#take(4) + 4;
    if (literalCount > 286 || distanceCount > 30) {
      throw damaged("too many codes");
    }
    const codeLengths = new Uint8Array(CODE_LENGTH_ORDER.length);
    for (const symbol of CODE_LENGTH_ORDER.slice(0, codeLengthCount)) {
      codeLengths[symbol] = this.#take(3);
    }
    const codeLengthCode = buildCode(codeLengths);
    const lengths = new Uint8Array(literalCount + distanceCount);
    for (let i = 0; i < lengths.length;) {
      const symbol = this.#symbol(codeLengthCode);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) {
        throw damaged("it repeats a code length before the first");
      }
      const value = symbol === 16 ? (lengths[i - 1] as number) : 0;
      const times =
        symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
      if (i + times > lengths.length) {
        throw damaged("it repeats a code length too often");
      }
      lengths.fill(value, i, i + times);
      i += times;
    }
    if (lengths[END_OF_BLOCK] === 0) {
      throw damaged("a block has no end");
    }
    return [buildCode(lengths.subarray(0, literalCount)), buildCode(lengths.subarray(literalCount))];
  }

  /** §3.2.3. */
  #block(literals: Code, distances: Code): void {
    for (;;) {
      const symbol = this.#symbol(literals);
      if (symbol < END_OF_BLOCK) {
        this.#reserve(1);
        this.#output[this.#length++] = symbol;
        continue;
      }
      if (symbol === END_OF_BLOCK) {
        return;
      }
      const base = LENGTH_BASE[symbol - 257];
      if (base === undefined) {
        throw damaged("unknown length");
      }
      const length = base + this.#take(LENGTH_EXTRA[symbol - 257] as number);
      const distance = this.#distance(distances);
      if (distance > this.#length) {
        throw damaged("it copies from before its start");
      }
      this.#reserve(length);
      // Byte by byte: a copy may overlap what it writes.
      for (let i = 0; i < length; i++) {
        this.#output[this.#length] = this.#output[this.#length - distance] as number;
        this.#length++;
      }
    }
  }

  /** §3.2.5: symbols 0 … 3 are distances 1 … 4; from there, each pair of symbols has one extra bit more. */
  #distance(distances: Code): number {
    const symbol = this.#symbol(distances);
    if (symbol > 29) {
      throw damaged("unknown distance");
    }
    if (symbol < 4) {
      return symbol + 1;
    }
    const extraBits = (symbol >> 1) - 1;
    return ((2 + (symbol & 1)) << extraBits) + 1 + this.#take(extraBits);
  }

  /** RFC 1950 §2.2: an Adler-32 of the output ends the stream; nothing may follow it. */
  #checkEnd(): void {
    let a = 1;
    let b = 0;
    for (let i = 0; i < this.#length; i++) {
      a = (a + (this.#output[i] as number)) % 65_521;
      b = (b + a) % 65_521;
    }
    const rest = this.#input.subarray(this.#position);
    if (rest.length !== 4) {
      throw damaged(rest.length < 4 ? "it ends early" : "bytes follow its end");
    }
    if (new DataView(rest.buffer, rest.byteOffset, 4).getUint32(0) !== ((b << 16) | a) >>> 0) {
      throw damaged("its Adler-32 does not match");
    }
  }
}

/**
 * The content of a zlib stream that fills `data` exactly.
 *
 * @throws {CartridgeError} CARTRIDGE_LIMIT when it inflates to more than `maxBytes`; CARTRIDGE_BAD_METADATA when it is
 * no sound stream.
 */
export function inflateText(data: Uint8Array, maxBytes: number): Uint8Array {
  const [method = 0, flags = 0] = data;
  // RFC 1950 §2.2: method 8, a window of at most 32 KiB, a header divisible by 31, and no preset dictionary.
  if ((method & 15) !== 8 || method >> 4 > 7 || (method * 256 + flags) % 31 !== 0 || (flags & 32) !== 0) {
    throw damaged("it does not begin as a zlib stream");
  }
  return new TextInflater(data, maxBytes).run();
}
