import { platform } from "#platform";
import { CartridgeError } from "./errors.ts";
import { keywordAt } from "./keywords.ts";
import type { PngLimits } from "./types.ts";

/** PNG 3rd ed. §5.2. */
const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10] as const;
/** Bytes of the signature. */
export const SIGNATURE_BYTES: number = SIGNATURE.length;
/** Bytes of length and type. */
export const CHUNK_HEADER = 8;
/** Bytes of length, type and CRC. */
export const CHUNK_OVERHEAD = 12;
/** Bytes below which a view of a part takes longer than a copy byte by byte. */
const MIN_VIEW = 32;

export interface Chunk {
  readonly type: string;
  /** A view into the file. */
  readonly data: Uint8Array;
}

/** True if the big-endian word is four ASCII letters. */
function isLetters(word: number): boolean {
  for (let shift = 24; shift >= 0; shift -= 8) {
    const letter = (word >>> shift) & 0xdf;
    if (letter < 65 || letter > 90) return false;
  }
  return true;
}

/** True for a chunk that a reader may skip: bit 5 of the first letter is set (PNG 3rd ed. §5.4). */
export function isAncillary(type: string): boolean {
  return type.charCodeAt(0) >= 97;
}

/**
 * Reads the chunks of a file in order: the header of a chunk, then its data, up to IEND, after which no byte may follow.
 *
 * Throws CartridgeErrors: CARTRIDGE_NOT_PNG, CARTRIDGE_TRUNCATED, CARTRIDGE_BAD_CRC, CARTRIDGE_BAD_CHUNK,
 * CARTRIDGE_TRAILING_BYTES, CARTRIDGE_LIMIT.
 */
export class ChunkReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Start of the current chunk, once there is one. */
  #offset: number = SIGNATURE.length;
  /** Start of the next chunk. */
  #next: number = SIGNATURE.length;
  #type = "";
  /** `#type` as a big-endian word. */
  #word = 0;
  /** Bytes of the current chunk's data, as its header states. */
  #length = 0;

  constructor(bytes: Uint8Array, limits: PngLimits) {
    if (bytes.length > limits.fileBytes) {
      throw new CartridgeError(
        "CARTRIDGE_LIMIT",
        `expected at most limits.fileBytes, ${limits.fileBytes}, got a file of ${bytes.length} bytes`,
      );
    }
    const mismatch = SIGNATURE.findIndex((byte, i) => bytes[i] !== byte);
    if (mismatch >= 0) {
      const found = mismatch === bytes.length ? `only its first ${mismatch} of 8 bytes` : "other bytes";
      throw new CartridgeError("CARTRIDGE_NOT_PNG", `expected the PNG signature, got ${found}`);
    }
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Byte of the file at which the current chunk starts. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes of the current chunk's data, as its header states. */
  get length(): number {
    return this.#length;
  }

  /** Returns the type of the next chunk; undefined after IEND. Of a chunk that is not read, the data is not looked at. */
  next(): string | undefined {
    const offset = this.#next;
    const left = this.#bytes.length - offset;
    if (this.#type === "IEND") {
      if (left > 0) {
        throw new CartridgeError(
          "CARTRIDGE_TRAILING_BYTES",
          `byte ${offset}: expected the end of the file after IEND, got ${left} bytes`,
        );
      }
      return undefined;
    }
    if (left < CHUNK_HEADER) {
      throw new CartridgeError(
        "CARTRIDGE_TRUNCATED",
        `byte ${offset}: expected a chunk, since IEND has not been read, got ${left} bytes and the end of the file`,
      );
    }
    this.#offset = offset;
    // PNG 3rd ed. §5.3: the length counts the data field only, neither type nor CRC.
    this.#length = this.#view.getUint32(offset);
    this.#next = offset + CHUNK_OVERHEAD + this.#length;
    this.#readType();
    return this.#type;
  }

  /** Reads the type. A file may hold millions of chunks of one type, so its text is made once. */
  #readType(): void {
    const at = this.#offset + 4;
    const word = this.#view.getUint32(at);
    if (word === this.#word) return;
    const letters = this.#bytes.subarray(at, at + 4);
    if (!isLetters(word)) {
      throw new CartridgeError(
        "CARTRIDGE_BAD_CHUNK",
        `byte ${at}: expected a chunk type of four ASCII letters, got bytes ${letters.join(", ")}`,
      );
    }
    this.#word = word;
    this.#type = String.fromCharCode(...letters);
  }

  /** Checks that the current chunk is complete and matches its CRC, without a copy and without memory. */
  check(): void {
    const offset = this.#offset;
    const left = this.#bytes.length - offset - CHUNK_HEADER;
    if (this.#length > left - 4) {
      throw new CartridgeError(
        "CARTRIDGE_TRUNCATED",
        `byte ${offset}: expected ${this.#type} with ${this.#length} bytes of data and a CRC, got ${left} bytes and the end of the file`,
      );
    }
    const end = this.#next - 4;
    const expected = this.#view.getUint32(end);
    const actual = platform.crc32(this.#bytes, offset + 4, end);
    if (expected !== actual) {
      throw new CartridgeError(
        "CARTRIDGE_BAD_CRC",
        `byte ${offset}: expected ${this.#type} with the CRC ${hex(expected)}, got data with the CRC ${hex(actual)}`,
      );
    }
  }

  /** Checks the current chunk and returns its data, a view into the file. */
  data(): Uint8Array {
    this.check();
    return this.#bytes.subarray(this.#offset + CHUNK_HEADER, this.#next - 4);
  }

  /** Returns the keyword of a cartridge with which the current text chunk, already checked, begins. */
  keyword(): string | undefined {
    return keywordAt(this.#bytes, this.#offset + CHUNK_HEADER, this.#next - 4);
  }
}

/** The data of the chunks of one type, not yet joined: a file may split it into millions. */
export interface SplitData {
  /** The file. */
  readonly bytes: Uint8Array;
  /** Byte of the file at which the first chunk with data starts. */
  readonly offset: number;
  /** Bytes of data. */
  readonly length: number;
  /** Bytes before the data in each chunk: 4 in fdAT, its sequence number. Default 0. */
  readonly prefix?: number;
}

/** Returns the data in one piece: a view into the file if one chunk holds it all, else a copy. */
export function joinData({ bytes, offset, length, prefix = 0 }: SplitData): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const type = view.getUint32(offset + 4);
  const before = CHUNK_HEADER + prefix;
  let from = offset;
  let part = view.getUint32(from) - prefix;
  if (part === length) return bytes.subarray(from + before, from + before + part);
  const joined = new Uint8Array(length);
  for (let to = 0; to < length; from += CHUNK_OVERHEAD + view.getUint32(from)) {
    // Chunks of other types may stand between those of a frame.
    if (view.getUint32(from + 4) !== type) continue;
    part = view.getUint32(from) - prefix;
    const start = from + before;
    if (part < MIN_VIEW) {
      for (let i = 0; i < part; i++) joined[to + i] = bytes[start + i] as number;
    } else {
      joined.set(bytes.subarray(start, start + part), to);
    }
    to += part;
  }
  return joined;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

/** Returns a PNG file of these chunks. */
export function assemblePng(chunks: readonly Chunk[]): Uint8Array<ArrayBuffer> {
  const chunkBytes = chunks.reduce((sum, { data }) => sum + CHUNK_OVERHEAD + data.length, 0);
  const bytes = new Uint8Array(SIGNATURE.length + chunkBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(SIGNATURE);
  let offset: number = SIGNATURE.length;
  for (const { type, data } of chunks) {
    view.setUint32(offset, data.length);
    for (let i = 0; i < 4; i++) bytes[offset + 4 + i] = type.charCodeAt(i);
    bytes.set(data, offset + CHUNK_HEADER);
    const end = offset + CHUNK_HEADER + data.length;
    view.setUint32(end, platform.crc32(bytes, offset + 4, end));
    offset = end + 4;
  }
  return bytes;
}
