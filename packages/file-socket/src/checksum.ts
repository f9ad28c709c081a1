import { crc32 } from "node:zlib";

/** Payloads up to this many bytes are checked whole. */
const WHOLE_BYTES = 1_048_576;
/** Of longer ones the first {@link SAMPLE_BYTES} of every block count. */
const BLOCK_BYTES = 4_096;
const SAMPLE_BYTES = 64;

/**
 * The check of a reply's payload: its CRC-32 as in zlib and PNG, or, where it is longer than 1 MiB, that of the first
 * 64 bytes of every 4,096. A CRC-32 of all of it would take as long as moving it, twice; what goes wrong with files
 * (a hole, a block of another file, a wrong order) shows in the samples as well.
 */
export function payloadChecksum(payload: Uint8Array): number {
  if (payload.byteLength <= WHOLE_BYTES) return crc32(payload);
  const samples = new Uint8Array(Math.ceil(payload.byteLength / BLOCK_BYTES) * SAMPLE_BYTES);
  let length = 0;
  for (let start = 0; start < payload.byteLength; start += BLOCK_BYTES) {
    const sample = payload.subarray(start, start + SAMPLE_BYTES);
    samples.set(sample, length);
    length += sample.byteLength;
  }
  return crc32(samples.subarray(0, length));
}
