import { platform } from "#platform";
import { release } from "./bytes.ts";
import { joinData, type SplitData } from "./chunk.ts";
import { CartridgeError } from "./errors.ts";

/** Deflate encodes at most 258 bytes in 2 bits. */
export const MAX_DEFLATE_RATIO = 1032;

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Returns the length of the longest stream of pixel data that is inflated: a block of its own for every byte takes 6 bytes,
 * and some encoders end each row with an empty block. The time that a longer stream takes would not depend on the picture.
 */
function maxPixelStream(size: number): number {
  return size * 8 + 65_536;
}

/**
 * Inflates pixel data, a zlib stream that must fill `data`, to exactly `size` bytes.
 *
 * @throws {CartridgeError} CARTRIDGE_BAD_PIXELS.
 */
export async function inflatePixels(data: SplitData, size: number): Promise<Uint8Array> {
  const { length } = data;
  const isShort = size > length * MAX_DEFLATE_RATIO;
  if (isShort || length > maxPixelStream(size)) {
    const reason = isShort
      ? "too short to inflate to that"
      : `more than the ${maxPixelStream(size)} that it may take`;
    throw new CartridgeError(
      "CARTRIDGE_BAD_PIXELS",
      `expected pixel data of ${size} bytes, got a stream of ${length} bytes, ${reason}`,
    );
  }
  const stream = joinData(data);
  let inflated: Uint8Array;
  try {
    inflated = await platform.inflate(stream, size);
  } catch (cause) {
    throw new CartridgeError(
      "CARTRIDGE_BAD_PIXELS",
      `expected pixel data that inflates to ${size} bytes: ${reasonOf(cause)}`,
      { cause },
    );
  } finally {
    if (stream.buffer !== data.bytes.buffer) release(stream);
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
export function maxDeflatedBytes(bytes: number): number {
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
