// zlib streams of deflate blocks without content, which make an inflater work without output. "§" means RFC 1951.

export const EMPTY_BLOCK_KINDS = ["stored", "fixed", "dynamic", "dynamic, 15-bit codes"] as const;
export type EmptyBlockKind = (typeof EMPTY_BLOCK_KINDS)[number];

class BitWriter {
  readonly #bytes: Uint8Array;
  #length = 0;
  #bits = 0;
  #bitCount = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** Appends the low `count` bits of `value`, the lowest first. At most 16. */
  put(value: number, count: number): void {
    this.#bits |= value << this.#bitCount;
    for (this.#bitCount += count; this.#bitCount >= 8; this.#bitCount -= 8) {
      this.#bytes[this.#length++] = this.#bits & 255;
      this.#bits >>>= 8;
    }
  }

  /** Fills the current byte with zeros. */
  align(): void {
    this.put(0, (8 - this.#bitCount) % 8);
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** §3.2.7: appends a block whose literal code has `lengths` for the last symbols up to 256, the end of the block. */
function putDynamic(out: BitWriter, lengths: readonly number[]): void {
  // 257 literal codes, one distance code, 19 code-length codes.
  out.put(0, 5);
  out.put(0, 5);
  out.put(15, 4);
  // The code lengths 1 to 15 and the run of zeros, 18, have four bits each, in the order 16, 17, 18, 0, 8, 7, …
  for (let i = 0; i < 19; i++) out.put(i === 0 || i === 1 || i === 3 ? 0 : 4, 3);
  const putCode = (code: number): void => {
    for (let bit = 3; bit >= 0; bit--) out.put((code >> bit) & 1, 1);
  };
  const zeros = 257 - lengths.length;
  for (const run of [138, zeros - 138]) {
    putCode(15);
    out.put(run - 11, 7);
  }
  for (const length of [...lengths, 1]) putCode(length - 1);
  // The end of the block is the only code of one bit.
  out.put(0, 1);
}

function putBlock(out: BitWriter, kind: EmptyBlockKind, isLast: boolean): void {
  out.put(isLast ? 1 : 0, 1);
  switch (kind) {
    case "stored":
      out.put(0, 2);
      out.align();
      out.put(0, 16);
      out.put(0xffff, 16);
      return;
    case "fixed":
      out.put(1, 2);
      out.put(0, 7);
      return;
    case "dynamic":
      out.put(2, 2);
      putDynamic(out, [1]);
      return;
    default:
      out.put(2, 2);
      putDynamic(out, [15, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  }
}

/** Returns a valid zlib stream of empty blocks, of `maxBytes` bytes or up to 64 fewer. */
export function emptyBlocks(kind: EmptyBlockKind, maxBytes: number): Uint8Array {
  const out = new BitWriter(maxBytes);
  out.put(0x9c78, 16);
  while (out.length < maxBytes - 64) putBlock(out, kind, false);
  putBlock(out, kind, true);
  out.align();
  // The Adler-32 of no bytes is 1, its highest byte first.
  out.put(0, 16);
  out.put(0x0100, 16);
  return out.bytes();
}

/** Returns a valid zlib stream of one empty block, and up to 65,535 bytes of content in a stored block. */
export function afterEmptyBlock(kind: EmptyBlockKind, content: Uint8Array): Uint8Array {
  const out = new BitWriter(content.length + 400);
  out.put(0x0178, 16);
  putBlock(out, kind, false);
  out.put(1, 3);
  out.align();
  out.put(content.length, 16);
  out.put(~content.length & 0xffff, 16);
  let [a, b] = [1, 0];
  for (const byte of content) {
    out.put(byte, 8);
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  for (const byte of [b >> 8, b & 255, a >> 8, a & 255]) out.put(byte, 8);
  return out.bytes();
}
