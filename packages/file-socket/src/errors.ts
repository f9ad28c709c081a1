import type { ReplyStatus, WireDiagnostic } from "./types.ts";

/** Stable across releases; safe to branch on. The README says what each one means. */
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
  | "FSOCK_POISON"
  | "FSOCK_INTERNAL"
  | "FSOCK_BAD_REPLY"
  | "FSOCK_CLOSED";

/** Stable codes of a command that this package refuses by itself. They travel in replies and in `err.json`. */
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
  | "FSOCK_RENDERER_FAILED";

/** What an error carries besides its message. */
export interface FileSocketErrorDetails {
  /** The code inside the reply, e.g. that of the program's first diagnostic. */
  readonly replyCode?: string | undefined;
  readonly diagnostics?: readonly WireDiagnostic[] | undefined;
  /** Milliseconds after which trying again makes sense. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** A directory that cannot be served or used, or a request that ended without a picture. */
export class FileSocketError extends Error {
  override readonly name = "FileSocketError";
  readonly code: FileSocketErrorCode;
  /** The code inside the server's reply, where there was one: a program's first diagnostic, or a refusal's code. */
  readonly replyCode: string | undefined;
  /** Everything found in the program, in source order. Empty unless `code` is `FSOCK_BAD_PROGRAM`. */
  readonly diagnostics: readonly WireDiagnostic[];
  /** Milliseconds after which trying again makes sense; with `FSOCK_BUSY`. */
  readonly retryAfterMs: number | undefined;

  constructor(code: FileSocketErrorCode, message: string, details: FileSocketErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.replyCode = details.replyCode;
    this.diagnostics = details.diagnostics ?? [];
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** How a refusal looks to its client. */
export interface Refusal {
  readonly status: Exclude<ReplyStatus, "ok">;
  /** Stable; one of {@link RequestErrorCode}, or the renderer's own, such as `PXL_UNKNOWN_OPCODE`. */
  readonly code: string;
  /** For people: what was expected, what was found, where. */
  readonly message: string;
  /** For `bad_program`: everything found, in source order. */
  readonly diagnostics?: readonly WireDiagnostic[] | undefined;
  /** Milliseconds; for `busy`. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Thrown by a render handler, and by the validation before it, for a refusal that the client sees as it is. */
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

/** The error code of a file-system error, such as `ENOENT`; undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return "syscall" in error ? error.code : undefined;
}
