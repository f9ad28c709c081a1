import { FileSocketError } from "../errors.ts";
import type { ReplyStatus, WireDiagnostic } from "../types.ts";

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
  /** The checksum of the payload, 0 … 2³²−1; 0 if there is no payload. */
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

/**
 * Parses the header of a reply. Unknown keys are ignored.
 *
 * @throws {FileSocketError} `FSOCK_BAD_REPLY`
 */
export function parseHeader(bytes: Uint8Array): ReplyHeader {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw new FileSocketError("FSOCK_BAD_REPLY", "not a reply file: expected JSON in the header", { cause });
  }
  if (!isRecord(value)) throw badReply("expected the header to be an object");
  const header = factsOf(value);
  const { requestSha256, payloadSha256, serverKey, signature } = value;
  // Of another type, they are not a signature. A client without a capability does not need one.
  if (typeof requestSha256 !== "string" || typeof payloadSha256 !== "string") return header;
  if (typeof serverKey !== "string" || typeof signature !== "string") return header;
  return { ...header, requestSha256, payloadSha256, serverKey, signature };
}

function factsOf(value: Readonly<Record<string, unknown>>): ReplyHeader {
  const { id, status, error } = value;
  if (typeof id !== "string") throw badReply('expected "id" to be a string');
  if (typeof status !== "string" || !STATUSES.has(status)) throw badReply("expected a known status");
  const count = (key: string): number => {
    const number = value[key];
    if (!isCount(number)) throw badReply(`expected "${key}" to be an integer from 0`);
    return number;
  };
  const text = (key: string): string => {
    const string = value[key];
    if (typeof string !== "string") throw badReply(`expected "${key}" to be a string`);
    return string;
  };
  const duration = (key: string): number => {
    const number = value[key] ?? 0;
    if (typeof number !== "number" || number < 0) throw badReply(`expected "${key}" to be a number from 0`);
    return number;
  };
  const common = { id, status: status as ReplyStatus, bytes: count("bytes"), crc32: count("crc32") };
  if (status !== "ok") return { ...common, error: parseError(error, status as WireError["status"]) };
  const timings = { queuedMs: duration("queuedMs"), renderMs: duration("renderMs") };
  if (value["width"] === undefined) return { ...common, ...timings };
  if (value["format"] !== "RGBA") throw badReply('expected "format" to be "RGBA"');
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
  if (animation.frames === 0) throw badReply('expected "frames" to be an integer from 1');
  return { ...picture, ...animation };
}

function parseError(value: unknown, status: WireError["status"]): WireError {
  if (!isRecord(value)) throw badReply('expected "error" to be an object');
  const { code, message, diagnostics, retryAfterMs } = value;
  if (typeof code !== "string" || typeof message !== "string") {
    throw badReply('expected "error" to have a code and a message');
  }
  if (!Array.isArray(diagnostics) || !diagnostics.every(isDiagnostic)) {
    throw badReply("expected valid diagnostics");
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

/** Returns the error of a file that is not a reply. */
export function badReply(reason: string): FileSocketError {
  return new FileSocketError("FSOCK_BAD_REPLY", `not a reply file: ${reason}`);
}
