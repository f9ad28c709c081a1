/// <reference types="node" />
import { hash } from "node:crypto";
import * as zlib from "node:zlib";
import { CartridgeError } from "./errors.ts";
import type { Platform } from "./platform.ts";

function inflate(data: Uint8Array, size: number): Uint8Array {
  let inflated: { readonly buffer: Uint8Array; readonly engine: zlib.Inflate };
  try {
    // One byte more than expected, so that zlib neither asks for a second buffer nor hides a surplus.
    inflated = zlib.inflateSync(data, {
      chunkSize: Math.max(size + 1, zlib.constants.Z_MIN_CHUNK),
      maxOutputLength: size + 1,
      info: true,
    }) as unknown as typeof inflated;
  } catch (cause) {
    throw new CartridgeError("CARTRIDGE_BAD_PIXELS", `pixel data does not inflate to ${size} bytes`, {
      cause,
    });
  }
  if (inflated.buffer.length !== size) {
    throw new CartridgeError(
      "CARTRIDGE_BAD_PIXELS",
      `pixel data inflates to ${inflated.buffer.length} bytes, expected ${size}`,
    );
  }
  // zlib ignores what follows the end of its stream.
  const surplus = data.length - inflated.engine.bytesWritten;
  if (surplus !== 0) {
    throw new CartridgeError("CARTRIDGE_BAD_PIXELS", `${surplus} bytes follow the compressed pixel data`);
  }
  return inflated.buffer;
}

/** Bytes from which it pays to look whether data compresses at all, and bytes that are looked at in each of four places. */
const LOOK_FROM = 1 << 20;
const LOOK_BYTES = 4096;

/** Noise costs the most time and gives nothing: it is stored as it is. */
function isIncompressible(data: Uint8Array): boolean {
  if (data.length < LOOK_FROM) {
    return false;
  }
  const places = [0.125, 0.375, 0.625, 0.875].map((part) => Math.floor(data.length * part));
  const sample = Buffer.concat(places.map((at) => data.subarray(at, at + LOOK_BYTES)));
  return zlib.deflateSync(sample, { level: 1 }).length > sample.length * 0.98;
}

function deflate(data: Uint8Array): Uint8Array {
  // Room for what is usual, and for all where it is stored, in one piece.
  return isIncompressible(data)
    ? zlib.deflateSync(data, { level: 0, chunkSize: data.length + (data.length >> 8) + 1024 })
    : zlib.deflateSync(data, { level: 1, chunkSize: Math.max(1024, (data.length >> 3) + 64) });
}

/** https://reproducible-builds.org/specs/source-date-epoch/ */
function now(): Date {
  const epoch = process.env["SOURCE_DATE_EPOCH"];
  if (epoch === undefined || epoch === "") {
    return new Date();
  }
  if (!/^\d{1,12}$/.test(epoch)) {
    throw new RangeError(`SOURCE_DATE_EPOCH must be Unix seconds, not ${JSON.stringify(epoch.slice(0, 40))}`);
  }
  return new Date(Number(epoch) * 1000);
}

export const platform: Platform = {
  crc32: (data) => zlib.crc32(data),
  sha256: (data) => hash("sha256", data),
  deflate,
  inflate,
  now,
};
