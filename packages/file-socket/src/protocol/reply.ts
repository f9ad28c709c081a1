import type { KeyObject } from "node:crypto";
import { payloadChecksum } from "./checksum.ts";
import { FileSocketError, type RequestError } from "../errors.ts";
import { encodeHead, PREFIX_BYTES, sha256Of, signHeader } from "./signed-head.ts";
import type { RenderReply, ReplyStatus, WireDiagnostic } from "../types.ts";

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
const STATUSES: ReadonlySet<string> = new Set<ReplyStatus>([
  "ok",
  "bad_request",
  "bad_program",
  "too_large",
  "forbidden",
  "busy",
  "expired",
  "internal",
  "poison",
]);
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The error in a reply whose status is not `ok`; also the content of `err.json`. */
export interface WireError {
  readonly status: Exclude<ReplyStatus, "ok">;
  readonly code: string;
  readonly message: string;
  /** Line of the first diagnostic, from 1; null if there is none. */
  readonly line: number | null;
  /** Column of the first diagnostic, from 1; null if there is none. */
  readonly column: number | null;
  readonly diagnostics: readonly WireDiagnostic[];
  /** Number of diagnostics that did not fit. */
  readonly diagnosticsOmitted?: number;
  readonly retryAfterMs?: number;
}

/** The JSON header of a reply file. Its keys are written in this order. */
export interface ReplyHeader {
  readonly id: string;
  readonly status: ReplyStatus;
  /** Pixels; absent in a reply without a picture. */
  readonly width?: number;
  readonly height?: number;
  readonly format?: "RGBA";
  /** Number of frames of the program's animation; absent without one. The payload is frame 0, or all of them. */
  readonly frames?: number;
  readonly delayMs?: number;
  /** Length of the payload in bytes. */
  readonly bytes: number;
  /** The {@link payloadChecksum}, 0 … 2³²−1; 0 if there is no payload. */
  readonly crc32: number;
  readonly backend?: string;
  readonly adapter?: string;
  readonly queuedMs?: number;
  readonly renderMs?: number;
  readonly error?: WireError;
  /** SHA-256 of the head of the request, in lower-case hexadecimal. This key and the next three are in signed replies. */
  readonly requestSha256?: string;
  /** SHA-256 of the whole payload, in lower-case hexadecimal. */
  readonly payloadSha256?: string;
  /** The server's public key: 32 bytes in base64url. */
  readonly serverKey?: string;
  readonly signature?: string;
}

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
  return encodeHead(
    MAGIC,
    signer ? signed(header, payload, signer) : JSON.stringify(header),
    PAYLOAD_ALIGNMENT,
  );
}

function signed(header: ReplyHeader, payload: Uint8Array, signer: ReplySigner): string {
  const { requestSha256, serverKey, key } = signer;
  return signHeader(MAGIC, { ...header, requestSha256, payloadSha256: sha256Of(payload), serverKey }, key);
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
    throw bad("expected GVR1 at the start of the file");
  }
  const headerBytes = new DataView(start.buffer, start.byteOffset, PREFIX_BYTES).getUint32(4, true);
  if (headerBytes > MAX_HEADER_BYTES || headerBytes > most - PREFIX_BYTES) {
    throw bad(`expected a header within the file of ${most} bytes, got ${headerBytes} bytes`);
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
    throw bad(`expected ${header.bytes} bytes after the header, got ${payloadBytes}`);
  }
  const frameBytes = (header.width ?? 0) * (header.height ?? 0) * 4;
  const isPicture = payloadBytes === frameBytes || payloadBytes === frameBytes * (header.frames ?? 1);
  if (header.width !== undefined && !isPicture) {
    const frames = header.frames === undefined ? "" : `, or ${header.frames} times as many`;
    throw bad(`expected ${header.width} × ${header.height} pixels${frames}, got ${payloadBytes} bytes`);
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
  if (found !== header.crc32) throw bad(`expected a payload with the checksum ${header.crc32}, got ${found}`);
}

function parseHeader(bytes: Uint8Array): ReplyHeader {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw new FileSocketError("FSOCK_BAD_REPLY", "not a reply file: expected JSON in the header", { cause });
  }
  if (!isRecord(value)) throw bad("expected the header to be an object");
  const header = factsOf(value);
  const { requestSha256, payloadSha256, serverKey, signature } = value;
  // Of another type, they are not a signature. A client without a capability does not need one.
  if (typeof requestSha256 !== "string" || typeof payloadSha256 !== "string") return header;
  if (typeof serverKey !== "string" || typeof signature !== "string") return header;
  return { ...header, requestSha256, payloadSha256, serverKey, signature };
}

function factsOf(value: Readonly<Record<string, unknown>>): ReplyHeader {
  const { id, status, error } = value;
  if (typeof id !== "string") throw bad('expected "id" to be a string');
  if (typeof status !== "string" || !STATUSES.has(status)) throw bad("expected a known status");
  const count = (key: string): number => {
    const number = value[key];
    if (!isCount(number)) throw bad(`expected "${key}" to be an integer from 0`);
    return number;
  };
  const text = (key: string): string => {
    const string = value[key];
    if (typeof string !== "string") throw bad(`expected "${key}" to be a string`);
    return string;
  };
  const duration = (key: string): number => {
    const number = value[key] ?? 0;
    if (typeof number !== "number" || number < 0) throw bad(`expected "${key}" to be a number from 0`);
    return number;
  };
  const common = { id, status: status as ReplyStatus, bytes: count("bytes"), crc32: count("crc32") };
  if (status !== "ok") return { ...common, error: parseError(error, status as WireError["status"]) };
  const timings = { queuedMs: duration("queuedMs"), renderMs: duration("renderMs") };
  if (value["width"] === undefined) return { ...common, ...timings };
  if (value["format"] !== "RGBA") throw bad('expected "format" to be "RGBA"');
  // Hot path: object spread would take longer than all the rest of this function.
  const picture: ReplyHeader = {
    id,
    status: common.status,
    bytes: common.bytes,
    crc32: common.crc32,
    width: count("width"),
    height: count("height"),
    format: "RGBA",
    backend: text("backend"),
    adapter: text("adapter"),
    queuedMs: timings.queuedMs,
    renderMs: timings.renderMs,
  };
  if (value["frames"] === undefined) return picture;
  const animation = { frames: count("frames"), delayMs: count("delayMs") };
  if (animation.frames === 0) throw bad('expected "frames" to be an integer from 1');
  return { ...picture, ...animation };
}

function parseError(value: unknown, status: WireError["status"]): WireError {
  if (!isRecord(value)) throw bad('expected "error" to be an object');
  const { code, message, diagnostics, retryAfterMs } = value;
  if (typeof code !== "string" || typeof message !== "string") {
    throw bad('expected "error" to have a code and a message');
  }
  if (!Array.isArray(diagnostics) || !diagnostics.every(isDiagnostic)) {
    throw bad("expected valid diagnostics");
  }
  const [first] = diagnostics;
  return {
    status,
    code,
    message,
    line: first?.line ?? null,
    column: first?.column ?? null,
    diagnostics,
    ...(isCount(retryAfterMs) && { retryAfterMs }),
  };
}

function isDiagnostic(value: unknown): value is WireDiagnostic {
  return (
    isRecord(value) &&
    (value["severity"] === "error" || value["severity"] === "warning") &&
    typeof value["code"] === "string" &&
    typeof value["message"] === "string" &&
    isCount(value["line"]) &&
    isCount(value["column"]) &&
    isCount(value["length"])
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function bad(reason: string): FileSocketError {
  return new FileSocketError("FSOCK_BAD_REPLY", `not a reply file: ${reason}`);
}
