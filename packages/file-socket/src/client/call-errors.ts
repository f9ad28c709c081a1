import { FileSocketError, type FileSocketErrorCode } from "../errors.ts";
import type { WireError } from "../protocol/reply-header.ts";

const CODES: Readonly<Record<WireError["status"], FileSocketErrorCode>> = {
  bad_request: "FSOCK_BAD_REQUEST",
  bad_program: "FSOCK_BAD_PROGRAM",
  too_large: "FSOCK_TOO_LARGE",
  forbidden: "FSOCK_FORBIDDEN",
  busy: "FSOCK_BUSY",
  expired: "FSOCK_TIMEOUT",
  internal: "FSOCK_INTERNAL",
  poison: "FSOCK_POISON",
};

/** Returns the error of a call whose reply is one. */
export function replyError(error: WireError): FileSocketError {
  const { status, code, message, diagnostics, retryAfterMs } = error;
  return new FileSocketError(CODES[status], message, { replyCode: code, diagnostics, retryAfterMs });
}

/** Returns the milliseconds after which to submit a call again; undefined if it should fail. */
export function retryDelay({ status, code, retryAfterMs }: WireError): number | undefined {
  if (status === "busy") return retryAfterMs ?? 100;
  // The wall clocks may disagree for longer than a jump takes.
  if (code === "FSOCK_PROOF_EXPIRED") return 250;
  // Expired by the server's wall clock, which may have jumped. This client's monotonic clock decides.
  return status === "expired" ? 10 : undefined;
}

export function closedError(): FileSocketError {
  return new FileSocketError("FSOCK_CLOSED", "the client is closed");
}

/** Returns the reason of an abort as an error. */
export function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error("aborted", { cause: reason });
}

/** Returns an error of this package as it is, and any other as `FSOCK_STORAGE`. */
export function asStorageError(error: unknown, dir: string): Error {
  if (error instanceof FileSocketError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new FileSocketError("FSOCK_STORAGE", `cannot use ${dir}: ${reason}`, { cause: error });
}
