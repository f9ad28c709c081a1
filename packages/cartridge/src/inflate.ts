import { platform } from "#platform";
import { CartridgeError } from "./errors.ts";

/** Deflate encodes at most 258 bytes in 2 bits. */
const MAX_DEFLATE_RATIO = 1032;

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Inflates pixel data, a zlib stream that must fill `compressed`, to exactly `size` bytes.
 *
 * @throws {CartridgeError} CARTRIDGE_BAD_PIXELS.
 */
export async function inflatePixels(compressed: Uint8Array, size: number): Promise<Uint8Array> {
  if (size > compressed.length * MAX_DEFLATE_RATIO) {
    throw new CartridgeError(
      "CARTRIDGE_BAD_PIXELS",
      `expected pixel data of ${size} bytes, got a stream of ${compressed.length} bytes, too short to inflate to that`,
    );
  }
  let inflated: Uint8Array;
  try {
    inflated = await platform.inflate(compressed, size);
  } catch (cause) {
    throw new CartridgeError(
      "CARTRIDGE_BAD_PIXELS",
      `expected pixel data that inflates to ${size} bytes: ${reasonOf(cause)}`,
      { cause },
    );
  }
  if (inflated.length !== size) {
    throw new CartridgeError(
      "CARTRIDGE_BAD_PIXELS",
      `expected pixel data of ${size} bytes, got ${inflated.length}`,
    );
  }
  return inflated;
}

/**
 * Returns the length of the longest zlib stream that an encoder writes for `bytes` bytes: 9 bits per byte in fixed Huffman
 * codes, plus headers. A longer stream has blocks without content, which only cost time.
 */
function maxDeflatedBytes(bytes: number): number {
  return Math.ceil(bytes * 1.125) + 64;
}

/**
 * Inflates the text of a zTXt chunk, a zlib stream that must fill `compressed`. Synchronous, as `readCartridgeMetadata`
 * is.
 *
 * @throws {CartridgeError} CARTRIDGE_LIMIT if the text exceeds `maxBytes`, or the stream is longer than such a text needs;
 * CARTRIDGE_BAD_METADATA if the stream is damaged.
 */
export function inflateText(keyword: string, compressed: Uint8Array, maxBytes: number): Uint8Array {
  const limit = `the compressed text ${keyword}: expected at most ${maxBytes} bytes`;
  if (compressed.length > maxDeflatedBytes(maxBytes)) {
    throw new CartridgeError("CARTRIDGE_LIMIT", `${limit}, got a stream of ${compressed.length} bytes`);
  }
  try {
    return platform.inflateSync(compressed, Math.min(maxBytes, compressed.length * MAX_DEFLATE_RATIO));
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new CartridgeError("CARTRIDGE_LIMIT", `${limit}, got more`, { cause });
    }
    const message = `the compressed text ${keyword} is damaged: ${reasonOf(cause)}`;
    throw new CartridgeError("CARTRIDGE_BAD_METADATA", message, { cause });
  }
}
