import type { KeyObject } from "node:crypto";
import { payloadChecksum } from "./checksum.ts";
import type { RequestError } from "../errors.ts";
import { badReply, parseHeader, type ReplyHeader, type WireError } from "./reply-header.ts";
import { encodeHead, PREFIX_BYTES, sha256Of, signedHead } from "./signed-head.ts";
import type { RenderReply, WireDiagnostic } from "../types.ts";

const MAGIC = Buffer.from("GVR1", "latin1");
const PAYLOAD_ALIGNMENT = 512;
const MAX_HEADER_BYTES = 4 * 1024 * 1024;
/** Size limit of a reply file: the largest canvas that a server may accept, with the longest header. */
export const MAX_REPLY_BYTES: number = PREFIX_BYTES + MAX_HEADER_BYTES + 67_108_864 * 4;
/**
 * Reply files of at least this many bytes are returned by clients and overwritten. A client that still reads such a file
 * would see it change, so smaller files, where reuse saves little, are never overwritten.
 */
export const REUSE_BYTES = 262_144;

/** Signs the replies to one request. */
export interface ReplySigner {
  /** SHA-256 of the head of the request, in lower-case hexadecimal. */
  readonly requestSha256: string;
  /** Public part of `key`: 32 bytes in base64url. */
  readonly serverKey: string;
  /** The server's Ed25519 private key. */
  readonly key: KeyObject;
}

const NO_PAYLOAD = new Uint8Array();

/** Milliseconds that a request waited and that its render took. */
export interface Timings {
  readonly queuedMs: number;
  readonly renderMs: number;
}

/** Returns the head of a reply file with a picture; `reply.data` follows it. */
export function pictureHead(id: string, reply: RenderReply, timings: Timings, signer?: ReplySigner): Buffer {
  const payload = bytesOf(reply.data);
  const header: ReplyHeader = {
    id,
    status: "ok",
    width: reply.width,
    height: reply.height,
    format: "RGBA",
    ...reply.animation,
    bytes: payload.byteLength,
    crc32: payloadChecksum(payload),
    backend: reply.backend,
    adapter: reply.adapter,
    queuedMs: rounded(timings.queuedMs),
    renderMs: rounded(timings.renderMs),
  };
  return head(header, payload, signer);
}

/** Returns a complete reply file that answers a ping. */
export function pongHead(id: string, timings: Timings, signer?: ReplySigner): Buffer {
  const header: ReplyHeader = {
    id,
    status: "ok",
    bytes: 0,
    crc32: 0,
    queuedMs: rounded(timings.queuedMs),
    renderMs: rounded(timings.renderMs),
  };
  return head(header, NO_PAYLOAD, signer);
}

/** Returns a complete reply file that carries an error. */
export function errorHead(id: string, error: RequestError, signer?: ReplySigner): Buffer {
  const header: ReplyHeader = { id, status: error.status, bytes: 0, crc32: 0, error: wireError(error) };
  return head(header, NO_PAYLOAD, signer);
}

/** Returns the JSON form of an error. Diagnostics beyond 2 MiB of JSON are omitted. */
export function wireError(error: RequestError): WireError {
  const diagnostics: WireDiagnostic[] = [];
  let room = MAX_HEADER_BYTES / 2;
  for (const { severity, code, message, line, column, length } of error.diagnostics) {
    const diagnostic = { severity, code, message, line, column, length };
    room -= Buffer.byteLength(JSON.stringify(diagnostic));
    if (room < 0) break;
    diagnostics.push(diagnostic);
  }
  const [first] = diagnostics;
  const omitted = error.diagnostics.length - diagnostics.length;
  return {
    status: error.status,
    code: error.code,
    message: error.message.slice(0, 65_536).toWellFormed(),
    line: first?.line ?? null,
    column: first?.column ?? null,
    diagnostics,
    ...(omitted > 0 && { diagnosticsOmitted: omitted }),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
  };
}

/** Returns a view of the same bytes. */
export function bytesOf(data: Uint8Array | Uint8ClampedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function rounded(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 1000) / 1000);
}

/** Pads the JSON with spaces to a multiple of 512 bytes, so that pictures of one size make files of one size. */
function head(header: ReplyHeader, payload: Uint8Array, signer: ReplySigner | undefined): Buffer {
  if (signer === undefined) return encodeHead(MAGIC, JSON.stringify(header), PAYLOAD_ALIGNMENT);
  const { requestSha256, serverKey, key } = signer;
  const fields = { ...header, requestSha256, payloadSha256: sha256Of(payload), serverKey };
  return signedHead(MAGIC, fields, key, PAYLOAD_ALIGNMENT);
}

/** A decoded reply file; `payload` is a view into its bytes. */
export interface DecodedReply {
  readonly header: ReplyHeader;
  readonly payload: Uint8Array;
}

/**
 * Decodes a reply file. Checks lengths, types, the size of the payload and its checksum.
 *
 * @throws {FileSocketError} `FSOCK_BAD_REPLY`
 */
export function decodeReply(bytes: Uint8Array): DecodedReply {
  const { header, payloadOffset } = decodeHead(bytes, bytes.byteLength);
  const payload = bytes.subarray(payloadOffset);
  checkPayload(header, payload);
  return { header, payload };
}

/** A decoded head of a reply file. */
export interface DecodedHead {
  readonly header: ReplyHeader;
  /** Offset of the payload, which extends to the end of the file. */
  readonly payloadOffset: number;
}

/**
 * Returns the length of the head of a reply file from its first 8 bytes. The payload follows it.
 *
 * @throws {FileSocketError} `FSOCK_BAD_REPLY`, also if the head is longer than `most` bytes.
 */
export function headBytes(start: Uint8Array, most: number): number {
  if (start.byteLength < PREFIX_BYTES || !MAGIC.equals(start.subarray(0, MAGIC.length))) {
    throw badReply("expected GVR1 at the start of the file");
  }
  const headerBytes = new DataView(start.buffer, start.byteOffset, PREFIX_BYTES).getUint32(4, true);
  if (headerBytes > MAX_HEADER_BYTES || headerBytes > most - PREFIX_BYTES) {
    throw badReply(`expected a header within the file of ${most} bytes, got ${headerBytes} bytes`);
  }
  return PREFIX_BYTES + headerBytes;
}

/** Length of the head, unless the names of backend and adapter are unusually long. */
export const USUAL_HEAD_BYTES: number = PAYLOAD_ALIGNMENT;

/**
 * Decodes the head of a reply file of `fileBytes`.
 *
 * @throws {FileSocketError} `FSOCK_BAD_REPLY`, also if `start` does not contain the whole header.
 */
export function decodeHead(start: Uint8Array, fileBytes: number): DecodedHead {
  const payloadOffset = headBytes(start, Math.min(start.byteLength, fileBytes));
  const payloadBytes = fileBytes - payloadOffset;
  const header = parseHeader(start.subarray(PREFIX_BYTES, payloadOffset));
  if (header.bytes !== payloadBytes) {
    throw badReply(`expected ${header.bytes} bytes after the header, got ${payloadBytes}`);
  }
  const frameBytes = (header.width ?? 0) * (header.height ?? 0) * 4;
  const isPicture = payloadBytes === frameBytes || payloadBytes === frameBytes * (header.frames ?? 1);
  if (header.width !== undefined && !isPicture) {
    const frames = header.frames === undefined ? "" : `, or ${header.frames} times as many`;
    throw badReply(`expected ${header.width} × ${header.height} pixels${frames}, got ${payloadBytes} bytes`);
  }
  return { header, payloadOffset };
}

/**
 * Checks the payload against the checksum in the header.
 *
 * @throws {FileSocketError} `FSOCK_BAD_REPLY`
 */
export function checkPayload(header: ReplyHeader, payload: Uint8Array): void {
  const found = payloadChecksum(payload);
  if (found === header.crc32) return;
  throw badReply(`expected a payload with the checksum ${header.crc32}, got ${found}`);
}
