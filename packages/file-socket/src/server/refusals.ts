import { RequestError, type RequestErrorCode } from "../errors.ts";
import { errnoOf } from "../fs/errno.ts";
import type { FileDefect } from "../fs/files.ts";

// The errors that the server itself replies with; those for an invalid request are in protocol/request.ts.

/** For a request that is not a readable regular file. */
export function fileRefusal(defect: FileDefect): RequestError {
  if (defect === "too large") {
    return new RequestError({
      status: "too_large",
      code: "FSOCK_REQUEST_TOO_LARGE",
      message: "expected a request file within the server's size limit, got a larger one",
    });
  }
  return new RequestError({
    status: "bad_request",
    code: "FSOCK_BAD_FILE",
    message: `expected a readable regular file with one hard link, got: ${defect}`,
  });
}

/** For a reply that cannot be written: because of `cause`, or because the disk is nearly full. */
export function storageRefusal(cause?: unknown): RequestError {
  if (isDescriptorShortage(cause)) return descriptorRefusal(cause);
  const message =
    cause instanceof Error ? `the reply cannot be written: ${cause.message}` : "the disk is nearly full";
  return busy("FSOCK_DISK_LOW", message, 1_000, cause);
}

/** For an error thrown by the renderer, unless it is a {@link RequestError} itself. */
export function rendererRefusal(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  if (isDescriptorShortage(error)) return descriptorRefusal(error);
  const message = error instanceof Error ? error.message : String(error);
  return new RequestError({
    status: "internal",
    code: "FSOCK_RENDERER_FAILED",
    message: `the renderer failed: ${message}`,
    cause: error,
  });
}

export function deadlineRefusal(message = "the request's deadline passed before it was done"): RequestError {
  return new RequestError({ status: "expired", code: "FSOCK_DEADLINE", message });
}

export function overloadRefusal(retryAfterMs: number): RequestError {
  return busy("FSOCK_OVERLOADED", "too many requests wait", retryAfterMs);
}

export function unreadRepliesRefusal(): RequestError {
  return busy("FSOCK_UNREAD_REPLIES", "too many unread replies; read and remove them first", 100);
}

export function attemptsRefusal(attempts: number): RequestError {
  return new RequestError({
    status: "poison",
    code: "FSOCK_TOO_MANY_ATTEMPTS",
    message: `the server ended ${attempts} times while it worked on this request`,
  });
}

function descriptorRefusal(cause: unknown): RequestError {
  return busy("FSOCK_NO_DESCRIPTORS", "the server has no file descriptor left", 200, cause);
}

function isDescriptorShortage(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === "EMFILE" || errno === "ENFILE";
}

function busy(code: RequestErrorCode, message: string, retryAfterMs: number, cause?: unknown): RequestError {
  return new RequestError({ status: "busy", code, message, retryAfterMs, cause });
}
