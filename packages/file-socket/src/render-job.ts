import { errnoOf, RequestError } from "./errors.ts";
import type { Clock } from "./process/clock.ts";
import type { RenderHandler, RenderReply, RenderRequest } from "./types.ts";

/** One call of the renderer. */
export interface RenderJob {
  /** Signal the renderer and settle with `error` now, unless it has settled. */
  abort(error: RequestError): void;
}

/** What a job is run under. */
export interface RenderTerms {
  readonly via: "slot" | "spool";
  /** Milliseconds on the monotonic clock. */
  readonly deadline: number;
  readonly clock: Clock;
}

/**
 * Call the renderer, and `settle` exactly once: before this returns for a synchronous renderer, and no later than the
 * deadline for any other. What a renderer brings after that is ignored.
 */
export function startRender(
  render: RenderHandler,
  request: RenderRequest,
  terms: RenderTerms,
  settle: (outcome: RenderReply | RequestError) => void,
): RenderJob {
  const { via, deadline, clock } = terms;
  let controller: AbortController | undefined;
  let reason: RequestError | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isSettled = false;
  const settleOnce = (outcome: RenderReply | RequestError): void => {
    if (isSettled) return;
    isSettled = true;
    clearTimeout(timer);
    settle(outcome);
  };
  const abort = (error: RequestError): void => {
    if (isSettled) return;
    reason = error;
    controller?.abort(error);
    settleOnce(error);
  };
  try {
    const result = render(request, {
      // Made for whoever looks: a renderer that answers at once has no use for it.
      get signal() {
        controller ??= new AbortController();
        if (reason !== undefined) controller.abort(reason);
        return controller.signal;
      },
      deadline,
      via,
    });
    if ("then" in result) {
      timer = setTimeout(() => abort(deadlineError()), Math.max(0, deadline - clock.monotonic()));
      result.then(
        (reply) => settleOnce(checkedReply(reply, request)),
        (error: unknown) => settleOnce(asRequestError(error)),
      );
    } else {
      settleOnce(checkedReply(result, request));
    }
  } catch (error) {
    settleOnce(asRequestError(error));
  }
  return { abort };
}

export function deadlineError(): RequestError {
  return new RequestError({
    status: "expired",
    code: "FSOCK_DEADLINE",
    message: "the request's deadline passed before it was done",
  });
}

function asRequestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const errno = errnoOf(error);
  if (errno === "EMFILE" || errno === "ENFILE") return descriptorError(error);
  return new RequestError({
    status: "internal",
    code: "FSOCK_RENDERER_FAILED",
    message: `the renderer failed: ${message}`,
    cause: error,
  });
}

export function descriptorError(cause: unknown): RequestError {
  return new RequestError({
    status: "busy",
    code: "FSOCK_NO_DESCRIPTORS",
    message: "the server has no file descriptor left",
    retryAfterMs: 200,
    cause,
  });
}

function checkedReply(reply: RenderReply, { width, height }: RenderRequest): RenderReply | RequestError {
  const bytes = width * height * 4;
  if (reply.width === width && reply.height === height && reply.data.byteLength === bytes) return reply;
  return new RequestError({
    status: "internal",
    code: "FSOCK_RENDERER_FAILED",
    message:
      `asked for ${width} × ${height} pixels, the renderer brought ` +
      `${reply.width} × ${reply.height} in ${reply.data.byteLength} bytes`,
  });
}
