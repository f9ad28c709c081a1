/// <reference types="node" />
import { hash } from "node:crypto";
import { parentPort } from "node:worker_threads";
import * as zlib from "node:zlib";
import { crc32 } from "./crc32.ts";
import type { Platform, WorkerPort } from "./platform.ts";

function inflateSync(data: Uint8Array, maxBytes: number): Uint8Array {
  // One byte more than allowed: zlib needs no second buffer, and a surplus shows.
  const room = maxBytes + 1;
  const { buffer, engine } = zlib.inflateSync(data, {
    chunkSize: Math.max(room, zlib.constants.Z_MIN_CHUNK),
    maxOutputLength: room,
    info: true,
  }) as unknown as { readonly buffer: Uint8Array; readonly engine: zlib.Inflate };
  if (buffer.length > maxBytes) throw new RangeError(`it inflates to more than ${maxBytes} bytes`);
  // zlib ignores bytes after the end of its stream.
  const surplus = data.length - engine.bytesWritten;
  if (surplus !== 0) throw new Error(`${surplus} bytes follow the end of the stream`);
  return buffer;
}

/** Bytes below which a call of zlib takes longer than its work. */
const MIN_NATIVE_CRC = 128;

/** Bytes from which on a sample is compressed first. */
const SAMPLE_FROM = 1 << 20;
/** Bytes that the sample takes from each of four places. */
const SAMPLE_BYTES = 4096;

/** True if a sample of the data does not compress. Noise takes the longest to compress and is stored instead. */
function isIncompressible(data: Uint8Array): boolean {
  if (data.length < SAMPLE_FROM) return false;
  const offsets = [0.125, 0.375, 0.625, 0.875].map((part) => Math.floor(data.length * part));
  const sample = Buffer.concat(offsets.map((offset) => data.subarray(offset, offset + SAMPLE_BYTES)));
  return zlib.deflateSync(sample, { level: 1 }).length > sample.length * 0.98;
}

function deflate(data: Uint8Array): Uint8Array {
  // The usual output, or stored data, fits in one buffer.
  return isIncompressible(data)
    ? zlib.deflateSync(data, { level: 0, chunkSize: data.length + (data.length >> 8) + 1024 })
    : zlib.deflateSync(data, { level: 1, chunkSize: Math.max(1024, (data.length >> 3) + 64) });
}

/** Returns SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/) if it is set, else the time. */
function now(): Date {
  const epoch = process.env["SOURCE_DATE_EPOCH"];
  if (epoch === undefined || epoch === "") return new Date();
  if (!/^\d{1,12}$/.test(epoch)) {
    throw new RangeError(
      `expected SOURCE_DATE_EPOCH in Unix seconds, got ${JSON.stringify(epoch.slice(0, 40))}`,
    );
  }
  return new Date(Number(epoch) * 1000);
}

function workerPort(): WorkerPort {
  const port = parentPort;
  if (port === null) throw new Error("expected a worker thread, got the main thread");
  return {
    post: (message, transfer) => port.postMessage(message, transfer),
    listen: (listener) => port.on("message", listener),
  };
}

export const platform: Platform = {
  crc32: (bytes, start, end) =>
    end - start < MIN_NATIVE_CRC ? crc32(bytes, start, end) : zlib.crc32(bytes.subarray(start, end)),
  sha256: (data) => hash("sha256", data),
  deflate,
  inflate: inflateSync,
  inflateSync,
  workerPort,
  now,
};
