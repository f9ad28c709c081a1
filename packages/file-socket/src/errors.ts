import type { ReplyStatus, WireDiagnostic } from "./types.ts";

/** Stable across releases; safe to branch on. The README documents each code. */
export type FileSocketErrorCode =
  | "FSOCK_UNSAFE_DIR"
  | "FSOCK_LOCKED"
  | "FSOCK_STORAGE"
  | "FSOCK_NO_SERVER"
  | "FSOCK_TIMEOUT"
  | "FSOCK_BUSY"
  | "FSOCK_BAD_PROGRAM"
  | "FSOCK_BAD_REQUEST"
  | "FSOCK_TOO_LARGE"
  | "FSOCK_FORBIDDEN"
  | "FSOCK_POISON"
  | "FSOCK_INTERNAL"
  | "FSOCK_BAD_REPLY"
  | "FSOCK_UNTRUSTED_REPLY"
  | "FSOCK_BAD_CAPABILITY"
  | "FSOCK_CLOSED";

/** Stable codes of the errors that the server itself replies with, also in `err.json`. `FSOCK_REPLAYED` is only in the audit. */
export type RequestErrorCode =
  | "FSOCK_BAD_FILE"
  | "FSOCK_BAD_JSON"
  | "FSOCK_UNKNOWN_KEY"
  | "FSOCK_UNKNOWN_OP"
  | "FSOCK_BAD_VALUE"
  | "FSOCK_REQUEST_TOO_LARGE"
  | "FSOCK_CANVAS_TOO_LARGE"
  | "FSOCK_OVERLOADED"
  | "FSOCK_UNREAD_REPLIES"
  | "FSOCK_DISK_LOW"
  | "FSOCK_NO_DESCRIPTORS"
  | "FSOCK_DEADLINE"
  | "FSOCK_TOO_MANY_ATTEMPTS"
  | "FSOCK_RENDERER_FAILED"
  | "FSOCK_CAPABILITY_REQUIRED"
  | "FSOCK_CAPABILITIES_OFF"
  | "FSOCK_BAD_HEAD"
  | "FSOCK_WRONG_SERVER"
  | "FSOCK_PROOF_EXPIRED"
  | "FSOCK_BAD_PROOF"
  | "FSOCK_REPLAYED"
  | "FSOCK_BODY_CHANGED";

/** The optional fields of a {@link FileSocketError}. */
export interface FileSocketErrorDetails {
  readonly replyCode?: string | undefined;
  readonly diagnostics?: readonly WireDiagnostic[] | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Thrown for a directory that cannot be served or used, and for a request that ended without a picture. */
export class FileSocketError extends Error {
  override readonly name = "FileSocketError";
  readonly code: FileSocketErrorCode;
  /** The error code in the server's reply, if there was one: a {@link RequestErrorCode} or the renderer's own. */
  readonly replyCode: string | undefined;
  /** All diagnostics of the program, in source order. Empty unless `code` is `FSOCK_BAD_PROGRAM`. */
  readonly diagnostics: readonly WireDiagnostic[];
  /** Milliseconds after which a retry may succeed; with `FSOCK_BUSY`. */
  readonly retryAfterMs: number | undefined;

  constructor(code: FileSocketErrorCode, message: string, details: FileSocketErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.replyCode = details.replyCode;
    this.diagnostics = details.diagnostics ?? [];
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The fields of an error reply. */
export interface Refusal {
  readonly status: Exclude<ReplyStatus, "ok">;
  /** Stable: a {@link RequestErrorCode}, or the renderer's own code, such as `PXL_UNKNOWN_OPCODE`. */
  readonly code: string;
  /** For people: the expected and the actual value, and the place. */
  readonly message: string;
  /** All diagnostics in source order; for `bad_program`. */
  readonly diagnostics?: readonly WireDiagnostic[] | undefined;
  /** Milliseconds after which a retry may succeed; for `busy`. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Thrown by a render handler, and by request validation, to send this error to the client. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly status: Refusal["status"];
  readonly code: string;
  readonly diagnostics: readonly WireDiagnostic[];
  readonly retryAfterMs: number | undefined;

  constructor(refusal: Refusal) {
    super(refusal.message, refusal.cause === undefined ? undefined : { cause: refusal.cause });
    this.status = refusal.status;
    this.code = refusal.code;
    this.diagnostics = refusal.diagnostics ?? [];
    this.retryAfterMs = refusal.retryAfterMs;
  }
}
