import { platform } from "#platform";
import { CartridgeError } from "./errors.ts";
import type { PngLimits } from "./types.ts";

/** PNG 3rd ed. §5.2. */
const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10] as const;
/** Bytes of length and type. */
const CHUNK_HEADER = 8;
/** Bytes of length, type and CRC. */
export const CHUNK_OVERHEAD = 12;

export interface Chunk {
  readonly type: string;
  /** A view into the file. */
  readonly data: Uint8Array;
}

function typeAt(bytes: Uint8Array, offset: number): string {
  const letters = bytes.subarray(offset, offset + 4);
  if (!letters.every((byte) => (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122))) {
    throw new CartridgeError(
      "CARTRIDGE_BAD_CHUNK",
      `byte ${offset}: expected a chunk type of four ASCII letters, got bytes ${letters.join(", ")}`,
    );
  }
  return String.fromCharCode(...letters);
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
  readonly #limits: PngLimits;
  #count = 0;
  /** Start of the current chunk. */
  #offset: number = SIGNATURE.length;
  #type = "";
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
    this.#limits = limits;
  }

  /** Returns the type of the next chunk; undefined after IEND. */
  next(): string | undefined {
    if (this.#count > 0) this.#offset += CHUNK_OVERHEAD + this.#length;
    const offset = this.#offset;
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
    this.#count++;
    if (this.#count > this.#limits.chunks) {
      throw new CartridgeError(
        "CARTRIDGE_LIMIT",
        `byte ${offset}: expected at most limits.chunks, ${this.#limits.chunks}, got another chunk`,
      );
    }
    if (left < CHUNK_HEADER) {
      throw new CartridgeError(
        "CARTRIDGE_TRUNCATED",
        `byte ${offset}: expected a chunk, since IEND has not been read, got ${left} bytes and the end of the file`,
      );
    }
    // PNG 3rd ed. §5.3: the length counts the data field only, neither type nor CRC.
    this.#length = this.#view.getUint32(offset);
    this.#type = typeAt(this.#bytes, offset + 4);
    return this.#type;
  }

  /** Returns the data of the chunk whose type `next` returned, after a check of its CRC. */
  data(): Uint8Array {
    const offset = this.#offset;
    const type = this.#type;
    const length = this.#length;
    const left = this.#bytes.length - offset - CHUNK_HEADER;
    if (length > left - 4) {
      throw new CartridgeError(
        "CARTRIDGE_TRUNCATED",
        `byte ${offset}: expected ${type} with ${length} bytes of data and a CRC, got ${left} bytes and the end of the file`,
      );
    }
    if (isAncillary(type) && length > this.#limits.ancillaryBytes) {
      throw new CartridgeError(
        "CARTRIDGE_LIMIT",
        `byte ${offset}: expected at most limits.ancillaryBytes, ${this.#limits.ancillaryBytes}, got ${type} with ${length} bytes`,
      );
    }
    const end = offset + CHUNK_HEADER + length;
    const expected = this.#view.getUint32(end);
    const actual = platform.crc32(this.#bytes.subarray(offset + 4, end));
    if (expected !== actual) {
      throw new CartridgeError(
        "CARTRIDGE_BAD_CRC",
        `byte ${offset}: expected ${type} with the CRC ${hex(expected)}, got data with the CRC ${hex(actual)}`,
      );
    }
    return this.#bytes.subarray(offset + CHUNK_HEADER, end);
  }
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

/** Returns a PNG file of these chunks. */
export function assemblePng(chunks: readonly Chunk[]): Uint8Array {
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
    view.setUint32(end, platform.crc32(bytes.subarray(offset + 4, end)));
    offset = end + 4;
  }
  return bytes;
}
