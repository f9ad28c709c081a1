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

/** For a request, or a slot command, without a capability. */
export function capabilityRequiredRefusal(): RequestError {
  return new RequestError({
    status: "forbidden",
    code: "FSOCK_CAPABILITY_REQUIRED",
    message:
      "expected a request with a capability, got one without; ask the owner of this server for one; the slot cannot carry it",
  });
}

/** For a request that was seen before. It is in the audit alone. */
export function replayRefusal(id: string): RequestError {
  return new RequestError({
    status: "forbidden",
    code: "FSOCK_REPLAYED",
    message: `expected a request once, got ${id} again; removed without a reply`,
  });
}

/** For an error of an authority or a grant: `busy` if a later request may succeed. */
export function grantRefusal(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") {
    return rendererRefusal(error);
  }
  const { code, message } = error;
  const retryAfterMs = "retryAfterMs" in error ? error.retryAfterMs : undefined;
  if (typeof retryAfterMs !== "number") {
    return new RequestError({ status: "forbidden", code, message, cause: error });
  }
  return new RequestError({ status: "busy", code, message, retryAfterMs, cause: error });
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

export function isDescriptorShortage(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === "EMFILE" || errno === "ENFILE";
}

function busy(code: RequestErrorCode, message: string, retryAfterMs: number, cause?: unknown): RequestError {
  return new RequestError({ status: "busy", code, message, retryAfterMs, cause });
}
