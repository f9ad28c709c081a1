import { platform } from "#platform";
import { CartridgeError } from "./errors.ts";
import type { PngLimits } from "./types.ts";

/** PNG 3rd ed. §5.2. */
const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10] as const;
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
    throw new CartridgeError("CARTRIDGE_BAD_CHUNK", `byte ${offset}: a chunk type is four letters`);
  }
  return String.fromCharCode(...letters);
}

/** Bit 5 of the first letter (PNG 3rd ed. §5.4). */
export function isAncillary(type: string): boolean {
  return type.charCodeAt(0) >= 97;
}

/**
 * The chunks of a file in order, each with its CRC checked, up to and including IEND, after which nothing may follow.
 *
 * @throws {CartridgeError} CARTRIDGE_NOT_PNG, CARTRIDGE_TRUNCATED, CARTRIDGE_BAD_CRC, CARTRIDGE_BAD_CHUNK,
 * CARTRIDGE_TRAILING_BYTES, CARTRIDGE_LIMIT.
 */
export function* chunksOf(bytes: Uint8Array, limits: PngLimits): Generator<Chunk, void, undefined> {
  if (bytes.length > limits.fileBytes) {
    throw new CartridgeError(
      "CARTRIDGE_LIMIT",
      `${bytes.length} bytes exceed limits.fileBytes, ${limits.fileBytes}`,
    );
  }
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) {
    throw new CartridgeError(
      "CARTRIDGE_NOT_PNG",
      "not a PNG: the first eight bytes are not the PNG signature",
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let offset: number = SIGNATURE.length;
  for (let count = 1; ; count++) {
    if (count > limits.chunks) {
      throw new CartridgeError("CARTRIDGE_LIMIT", `the file has more than limits.chunks, ${limits.chunks}`);
    }
    if (bytes.length - offset < CHUNK_OVERHEAD) {
      throw new CartridgeError(
        "CARTRIDGE_TRUNCATED",
        `the file ends at byte ${bytes.length}, before its IEND chunk`,
      );
    }
    // PNG 3rd ed. §5.3: the length counts the data field only, neither type nor CRC.
    const length = view.getUint32(offset);
    const type = typeAt(bytes, offset + 4);
    if (length > bytes.length - offset - CHUNK_OVERHEAD) {
      throw new CartridgeError(
        "CARTRIDGE_TRUNCATED",
        `byte ${offset}: ${type} claims ${length} bytes, ${bytes.length - offset - CHUNK_OVERHEAD} are left`,
      );
    }
    if (isAncillary(type) && length > limits.ancillaryBytes) {
      throw new CartridgeError(
        "CARTRIDGE_LIMIT",
        `byte ${offset}: ${type} has ${length} bytes, over limits.ancillaryBytes, ${limits.ancillaryBytes}`,
      );
    }
    const end = offset + 8 + length;
    if (view.getUint32(end) !== platform.crc32(bytes.subarray(offset + 4, end))) {
      throw new CartridgeError(
        "CARTRIDGE_BAD_CRC",
        `byte ${offset}: the CRC of ${type} does not match its data`,
      );
    }
    yield { type, data: bytes.subarray(offset + 8, end) };
    offset = end + 4;
    if (type === "IEND") {
      break;
    }
  }
  if (offset !== bytes.length) {
    throw new CartridgeError(
      "CARTRIDGE_TRAILING_BYTES",
      `${bytes.length - offset} bytes follow the IEND chunk`,
    );
  }
}

/** A PNG file of these chunks. */
export function assemblePng(chunks: readonly Chunk[]): Uint8Array {
  const chunkBytes = chunks.reduce((sum, { data }) => sum + CHUNK_OVERHEAD + data.length, 0);
  const bytes = new Uint8Array(SIGNATURE.length + chunkBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(SIGNATURE);
  let offset: number = SIGNATURE.length;
  for (const { type, data } of chunks) {
    view.setUint32(offset, data.length);
    for (let i = 0; i < 4; i++) {
      bytes[offset + 4 + i] = type.charCodeAt(i);
    }
    bytes.set(data, offset + 8);
    const end = offset + 8 + data.length;
    view.setUint32(end, platform.crc32(bytes.subarray(offset + 4, end)));
    offset = end + 4;
  }
  return bytes;
}
