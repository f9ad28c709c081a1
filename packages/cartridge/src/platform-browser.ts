/// <reference lib="dom" />
import { CartridgeError } from "./errors.ts";
import type { Platform } from "./platform.ts";

let crcTable: Uint32Array | undefined;

/** Reflected polynomial 0xedb88320, one table entry a byte (PNG 3rd ed. annex D). */
function buildCrcTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) {
      c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    }
    return c;
  });
}

function crc32(data: Uint8Array): number {
  const table = (crcTable ??= buildCrcTable());
  let c = -1;
  for (let i = 0; i < data.length; i++) {
    c = (c >>> 8) ^ (table[(c ^ (data[i] as number)) & 255] as number);
  }
  return ~c >>> 0;
}

async function sha256(data: Uint8Array | Uint8ClampedArray): Promise<string> {
  // Absent on pages that are neither https nor local.
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined) {
    throw new CartridgeError(
      "CARTRIDGE_PLATFORM",
      "checksums need crypto.subtle, which browsers offer only to secure contexts: serve the page by https or from localhost",
    );
  }
  const digest = await subtle.digest("SHA-256", data as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pipe(
  data: Uint8Array,
  transform: ReadableWritablePair<Uint8Array, BufferSource>,
): ReadableStream<Uint8Array> {
  return new Blob([data as Uint8Array<ArrayBuffer>]).stream().pipeThrough(transform);
}

async function deflate(data: Uint8Array): Promise<Uint8Array> {
  const stream = pipe(data, new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

async function inflate(data: Uint8Array, size: number): Promise<Uint8Array> {
  // The stream itself rejects a wrong Adler-32, an early end, and bytes after the end (Compression Streams §5).
  const reader = pipe(data, new DecompressionStream("deflate")).getReader();
  const inflated = new Uint8Array(size);
  let length = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      inflated.set(part.value, length);
      length += part.value.length;
    }
  } catch (cause) {
    await reader.cancel().catch(() => undefined);
    throw new CartridgeError("CARTRIDGE_BAD_PIXELS", `pixel data does not inflate to ${size} bytes`, {
      cause,
    });
  }
  if (length !== size) {
    throw new CartridgeError(
      "CARTRIDGE_BAD_PIXELS",
      `pixel data inflates to ${length} bytes, expected ${size}`,
    );
  }
  return inflated;
}

export const platform: Platform = { crc32, sha256, deflate, inflate, now: () => new Date() };
