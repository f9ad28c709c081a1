import { crc32 } from "node:zlib";

export interface SpoolReplyHeader {
  readonly id: string;
  readonly status: string;
  readonly width?: number;
  readonly height?: number;
  readonly format?: "RGBA";
  readonly bytes: number;
  readonly crc32: number;
  readonly backend?: string;
  readonly adapter?: string;
  readonly queuedMs?: number;
  readonly renderMs?: number;
  readonly error?: SpoolReplyError;
}

export interface SpoolReplyError {
  readonly status: string;
  readonly code: string;
  readonly message: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly diagnostics: readonly Readonly<Record<string, unknown>>[];
  readonly diagnosticsOmitted?: number;
  readonly retryAfterMs?: number;
}

export interface SpoolReply {
  readonly header: SpoolReplyHeader;
  readonly payload: Uint8Array;
}

/**
 * Reads a reply file as docs/file-socket.md describes it: a second opinion beside the package's own reader.
 * Throws if the magic, a length or the checksum is wrong.
 */
export function readSpoolReply(file: Buffer): SpoolReply {
  const magic = file.toString("latin1", 0, 4);
  if (magic !== "GVR1") {
    throw new Error(`expected a reply that begins with GVR1, got ${JSON.stringify(magic)}`);
  }
  const payloadStart = 8 + file.readUInt32LE(4);
  const header = JSON.parse(file.toString("utf8", 8, payloadStart)) as SpoolReplyHeader;
  const payload = file.subarray(payloadStart);
  if (payload.length !== header.bytes) {
    throw new Error(`expected a payload of ${header.bytes} bytes, got ${payload.length}`);
  }
  const checksum = crc32(payload.length > 2 ** 20 ? samplesOf(payload) : payload);
  if (checksum !== header.crc32) throw new Error(`expected CRC-32 ${header.crc32}, got ${checksum}`);
  return { header, payload };
}

/** Payloads above 1 MiB are checked by the first 64 bytes of each block of 4,096. */
function samplesOf(payload: Buffer): Buffer {
  const samples: Buffer[] = [];
  for (let at = 0; at < payload.length; at += 4_096) samples.push(payload.subarray(at, at + 64));
  return Buffer.concat(samples);
}
