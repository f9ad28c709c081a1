import { payloadChecksum } from "./checksum.ts";
import { FileSocketError, type RequestError } from "./errors.ts";
import type { RenderReply, ReplyStatus, WireDiagnostic } from "./types.ts";

const MAGIC = Buffer.from("GVR1", "latin1");
const PREFIX_BYTES = 8;
const PAYLOAD_ALIGNMENT = 512;
const MAX_HEADER_BYTES = 4 * 1024 * 1024;
/** The longest reply file: the largest canvas that any server may accept, with the longest header. */
export const MAX_REPLY_BYTES: number = PREFIX_BYTES + MAX_HEADER_BYTES + 67_108_864 * 4;
const STATUSES: ReadonlySet<string> = new Set<ReplyStatus>([
  "ok",
  "bad_request",
  "bad_program",
  "too_large",
  "busy",
  "expired",
  "internal",
  "poison",
]);
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** What a reply says when its status is not `ok`; also the content of `err.json`. */
export interface WireError {
  readonly status: Exclude<ReplyStatus, "ok">;
  readonly code: string;
  readonly message: string;
  /** Of the first diagnostic, from 1; null where no place in a program is meant. */
  readonly line: number | null;
  readonly column: number | null;
  readonly diagnostics: readonly WireDiagnostic[];
  /** How many diagnostics did not fit. */
  readonly diagnosticsOmitted?: number;
  readonly retryAfterMs?: number;
}

/** The JSON header of a reply file, in the order written. */
export interface ReplyHeader {
  readonly id: string;
  readonly status: ReplyStatus;
  /** Pixels; absent in a reply without a picture. */
  readonly width?: number;
  readonly height?: number;
  readonly format?: "RGBA";
  /** Length of the payload. */
  readonly bytes: number;
  /** Checks the payload, 0 … 2³²−1; 0 for no payload. See {@link payloadChecksum}. */
  readonly crc32: number;
  readonly backend?: string;
  readonly adapter?: string;
  readonly queuedMs?: number;
  readonly renderMs?: number;
  readonly error?: WireError;
}

/** How long the parts of an answer took, in milliseconds. */
export interface Timings {
  readonly queuedMs: number;
  readonly renderMs: number;
}

/** The beginning of a reply file that holds `reply`; `reply.data` follows it. */
export function pictureHead(id: string, reply: RenderReply, timings: Timings): Buffer {
  return head({
    id,
    status: "ok",
    width: reply.width,
    height: reply.height,
    format: "RGBA",
    bytes: reply.data.byteLength,
    crc32: payloadChecksum(bytesOf(reply.data)),
    backend: reply.backend,
    adapter: reply.adapter,
    queuedMs: rounded(timings.queuedMs),
    renderMs: rounded(timings.renderMs),
  });
}

/** A whole reply file that answers a ping. */
export function pongHead(id: string, timings: Timings): Buffer {
  return head({
    id,
    status: "ok",
    bytes: 0,
    crc32: 0,
    queuedMs: rounded(timings.queuedMs),
    renderMs: rounded(timings.renderMs),
  });
}

/** A whole reply file that carries a refusal. */
export function errorHead(id: string, error: RequestError): Buffer {
  return head({ id, status: error.status, bytes: 0, crc32: 0, error: wireError(error) });
}

/** Diagnostics from the end are left out where the JSON would exceed 2 MiB. */
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

/** The same bytes, seen as plain ones. */
export function bytesOf(data: Uint8Array | Uint8ClampedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function rounded(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 1000) / 1000);
}

/** Spaces after the JSON let the payload begin at a multiple of 512, so that equal pictures make files of equal length. */
function head(header: ReplyHeader): Buffer {
  const json = JSON.stringify(header);
  const jsonBytes = Buffer.byteLength(json);
  const length = Math.ceil((PREFIX_BYTES + jsonBytes) / PAYLOAD_ALIGNMENT) * PAYLOAD_ALIGNMENT;
  const bytes = Buffer.allocUnsafe(length);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(length - PREFIX_BYTES, 4);
  bytes.write(json, PREFIX_BYTES);
  bytes.fill(" ", PREFIX_BYTES + jsonBytes);
  return bytes;
}

/** A reply file taken apart; `payload` is a view into its bytes. */
export interface DecodedReply {
  readonly header: ReplyHeader;
  readonly payload: Uint8Array;
}

/**
 * Take a reply file apart. Lengths, types, the payload's size and its checksum are checked.
 *
 * @throws {FileSocketError} `FSOCK_BAD_REPLY`
 */
export function decodeReply(bytes: Uint8Array): DecodedReply {
  const { header, payloadOffset } = decodeHead(bytes, bytes.byteLength);
  const payload = bytes.subarray(payloadOffset);
  checkPayload(header, payload);
  return { header, payload };
}

/** The beginning of a reply file taken apart. */
export interface DecodedHead {
  readonly header: ReplyHeader;
  /** Where the payload begins; it reaches to the end of the file. */
  readonly payloadOffset: number;
}

/** Bytes that hold the header of every picture whose backend and adapter have names of an ordinary length. */
export const USUAL_HEAD_BYTES: number = PAYLOAD_ALIGNMENT;

/**
 * Take the beginning of a reply file of `fileBytes` apart.
 *
 * @throws {FileSocketError} `FSOCK_BAD_REPLY`, also where `start` does not hold all of the header.
 */
export function decodeHead(start: Uint8Array, fileBytes: number): DecodedHead {
  if (start.byteLength < PREFIX_BYTES || !MAGIC.equals(start.subarray(0, MAGIC.length))) {
    throw bad("the file does not begin with GVR1");
  }
  const headerBytes = new DataView(start.buffer, start.byteOffset, PREFIX_BYTES).getUint32(4, true);
  if (headerBytes > MAX_HEADER_BYTES || headerBytes > start.byteLength - PREFIX_BYTES) {
    throw bad(`a header of ${headerBytes} bytes in a file of ${fileBytes}`);
  }
  const payloadOffset = PREFIX_BYTES + headerBytes;
  const payloadBytes = fileBytes - payloadOffset;
  const header = parseHeader(start.subarray(PREFIX_BYTES, payloadOffset));
  if (header.bytes !== payloadBytes) {
    throw bad(`"bytes" is ${header.bytes} and ${payloadBytes} follow the header`);
  }
  if (header.width !== undefined && header.width * (header.height ?? 0) * 4 !== payloadBytes) {
    throw bad(`${header.width} × ${header.height} pixels and ${payloadBytes} bytes`);
  }
  return { header, payloadOffset };
}

/** @throws {FileSocketError} `FSOCK_BAD_REPLY` where the payload is not the one that was written. */
export function checkPayload(header: ReplyHeader, payload: Uint8Array): void {
  if (payloadChecksum(payload) !== header.crc32) throw bad("the payload does not match its CRC-32");
}

function parseHeader(bytes: Uint8Array): ReplyHeader {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw new FileSocketError("FSOCK_BAD_REPLY", "the reply's header is no JSON", { cause });
  }
  if (!isRecord(value)) throw bad("the header is no object");
  const { id, status, error } = value;
  if (typeof id !== "string") throw bad('"id" is no string');
  if (typeof status !== "string" || !STATUSES.has(status)) throw bad("unknown status");
  const count = (key: string): number => {
    const number = value[key];
    if (!isCount(number)) throw bad(`"${key}" is no count`);
    return number;
  };
  const text = (key: string): string => {
    const string = value[key];
    if (typeof string !== "string") throw bad(`"${key}" is no string`);
    return string;
  };
  const duration = (key: string): number => {
    const number = value[key] ?? 0;
    if (typeof number !== "number" || number < 0) throw bad(`"${key}" is no duration`);
    return number;
  };
  const common = { id, status: status as ReplyStatus, bytes: count("bytes"), crc32: count("crc32") };
  if (status !== "ok") return { ...common, error: parseError(error, status as WireError["status"]) };
  const timings = { queuedMs: duration("queuedMs"), renderMs: duration("renderMs") };
  if (value["width"] === undefined) return { ...common, ...timings };
  if (value["format"] !== "RGBA") throw bad('"format" is not "RGBA"');
  // Every reply comes here, and object spread would take longer than the rest together.
  return {
    id,
    status,
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
}

function parseError(value: unknown, status: WireError["status"]): WireError {
  if (!isRecord(value)) throw bad('"error" is no object');
  const { code, message, diagnostics, retryAfterMs } = value;
  if (typeof code !== "string" || typeof message !== "string") throw bad('"error" lacks code or message');
  if (!Array.isArray(diagnostics) || !diagnostics.every(isDiagnostic)) throw bad("wrong diagnostics");
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

function bad(what: string): FileSocketError {
  return new FileSocketError("FSOCK_BAD_REPLY", `not a reply file: ${what}`);
}
