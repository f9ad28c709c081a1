/// <reference lib="dom" />
// Browsers have no synchronous inflate. pako is a port of zlib: it rejects the same streams, in 2 to 5 times zlib's time
// for empty blocks (bench/empty-blocks.bench.ts). fflate accepts damaged streams and takes up to 95 times zlib's time.
import { Z_FINISH, Z_STREAM_END, zlibInflate, zlibInflateInit, ZStream } from "pako";
import { crc32 } from "./crc32.ts";
import { CartridgeError } from "./errors.ts";
import type { Platform, WorkerPort } from "./platform.ts";

async function sha256(data: Uint8Array | Uint8ClampedArray): Promise<string> {
  // Undefined on a page that is neither https nor local.
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined) {
    throw new CartridgeError(
      "CARTRIDGE_PLATFORM",
      "expected crypto.subtle for checksums, got an insecure context: serve the page over https or from localhost",
    );
  }
  const digest = await subtle.digest("SHA-256", data as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Bytes written to a stream at a time. A decompression stream holds all that one write inflates to, at most 1,032 times
 * as much.
 */
const WRITE_BYTES = 16 * 1024;

async function writeAll(writable: WritableStream<BufferSource>, data: Uint8Array): Promise<void> {
  const writer = writable.getWriter();
  for (let offset = 0; offset < data.length; offset += WRITE_BYTES) {
    await writer.write(data.subarray(offset, offset + WRITE_BYTES) as Uint8Array<ArrayBuffer>);
  }
  await writer.close();
}

async function deflate(data: Uint8Array): Promise<Uint8Array> {
  const { readable, writable } = new CompressionStream("deflate");
  const [bytes] = await Promise.all([new Response(readable).arrayBuffer(), writeAll(writable, data)]);
  return new Uint8Array(bytes);
}

/** Fills `target` from its start; returns the number of bytes read. Throws a RangeError if they do not fit. */
async function readAll(readable: ReadableStream<Uint8Array>, target: Uint8Array): Promise<number> {
  const reader = readable.getReader();
  let length = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      target.set(part.value, length);
      length += part.value.length;
    }
    return length;
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    throw error;
  }
}

async function inflateStream(data: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  // The stream itself rejects a wrong Adler-32, an early end, and bytes after the end (Compression Streams §5).
  const { readable, writable } = new DecompressionStream("deflate");
  const inflated = new Uint8Array(maxBytes);
  const [length] = await Promise.all([readAll(readable, inflated), writeAll(writable, data)]);
  return inflated.subarray(0, length);
}

function inflateSync(data: Uint8Array, maxBytes: number): Uint8Array {
  const stream = new ZStream();
  stream.input = data;
  stream.avail_in = data.length;
  // One byte more than allowed, so that a surplus shows.
  stream.avail_out = maxBytes + 1;
  stream.output = new Uint8Array(stream.avail_out);
  zlibInflateInit(stream);
  const status = zlibInflate(stream, Z_FINISH);
  if (stream.total_out > maxBytes) throw new RangeError(`it inflates to more than ${maxBytes} bytes`);
  if (status !== Z_STREAM_END) throw new Error(stream.msg === "" ? "it ends early" : stream.msg);
  if (stream.avail_in > 0) throw new Error(`${stream.avail_in} bytes follow the end of the stream`);
  return stream.output.subarray(0, stream.total_out);
}

/** Bytes up to which pako is faster than a stream: measured by bench/browser.bench.ts. */
const MAX_SYNC_BYTES = 8 * 1024;

function inflate(data: Uint8Array, maxBytes: number): Uint8Array | Promise<Uint8Array> {
  const isSmall = Math.max(data.length, maxBytes) <= MAX_SYNC_BYTES;
  return isSmall ? inflateSync(data, maxBytes) : inflateStream(data, maxBytes);
}

/** The global object of a dedicated worker. */
interface WorkerScope {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
}

function workerPort(): WorkerPort {
  if (!("DedicatedWorkerGlobalScope" in globalThis)) {
    throw new Error("expected a dedicated worker, got another global scope");
  }
  const scope = globalThis as unknown as WorkerScope;
  return {
    post: (message, transfer) => scope.postMessage(message, transfer),
    listen: (listener) => scope.addEventListener("message", ({ data }) => listener(data)),
  };
}

export const platform: Platform = {
  crc32,
  sha256,
  deflate,
  inflate,
  inflateSync,
  workerPort,
  now: () => new Date(),
};
