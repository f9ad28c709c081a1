import type { Context } from "./context.ts";
import { errnoOf, RequestError } from "./errors.ts";
import { descriptorError } from "./render-job.ts";

/** Whether a reply of so many bytes would leave less free than the limit asks for. */
export function wouldFillDisk(bytes: number, { limits, freeBytes }: Context): boolean {
  if (limits.minFreeBytes === 0) return false;
  return freeBytes() < Math.max(limits.minFreeBytes, 2 * bytes);
}

/** The refusal of a reply that cannot be written, because of `cause` where that is known. */
export function diskError(cause?: unknown): RequestError {
  const errno = errnoOf(cause);
  if (errno === "EMFILE" || errno === "ENFILE") return descriptorError(cause);
  return new RequestError({
    status: "busy",
    code: "FSOCK_DISK_LOW",
    message:
      cause instanceof Error ? `the reply cannot be written: ${cause.message}` : "the disk is nearly full",
    retryAfterMs: 1_000,
    cause,
  });
}
