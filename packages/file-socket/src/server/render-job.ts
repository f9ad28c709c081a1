import { RequestError } from "../errors.ts";
import type { Clock } from "../process/clock.ts";
import type { RenderHandler, RenderReply, RenderRequest, RequestGrant } from "../types.ts";
import { deadlineRefusal, rendererRefusal } from "./refusals.ts";

/** One call of the renderer. */
export interface RenderJob {
  /** Aborts the renderer's signal and settles with `error` now, unless the job has settled. */
  abort(error: RequestError): void;
}

/** The conditions of a {@link RenderJob}. */
export interface RenderTerms {
  readonly via: "slot" | "spool";
  /** Milliseconds on the monotonic clock. */
  readonly deadline: number;
  readonly clock: Clock;
  /** Pixels of the largest reply. */
  readonly maxPixels: number;
  /** The grant of the request's capability. */
  readonly grant?: RequestGrant | undefined;
}

/**
 * Calls the renderer, and `settle` exactly once: before this returns if the renderer is synchronous, otherwise no later
 * than the deadline. A result after that is ignored.
 */
export function startRender(
  render: RenderHandler,
  request: RenderRequest,
  terms: RenderTerms,
  settle: (outcome: RenderReply | RequestError) => void,
): RenderJob {
  const { via, deadline, clock, maxPixels, grant } = terms;
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
      // Created on first use: a synchronous renderer does not need it.
      get signal() {
        controller ??= new AbortController();
        if (reason !== undefined) controller.abort(reason);
        return controller.signal;
      },
      deadline,
      via,
      grant,
    });
    if ("then" in result) {
      timer = setTimeout(() => abort(deadlineRefusal()), Math.max(0, deadline - clock.monotonic()));
      result.then(
        (reply) => settleOnce(checkSize(reply, request, maxPixels)),
        (error: unknown) => settleOnce(rendererRefusal(error)),
      );
    } else {
      settleOnce(checkSize(result, request, maxPixels));
    }
  } catch (error) {
    settleOnce(rendererRefusal(error));
  }
  return { abort };
}

function checkSize(
  reply: RenderReply,
  { width, height, frames }: RenderRequest,
  maxPixels: number,
): RenderReply | RequestError {
  const count = frames === "all" ? (reply.animation?.frames ?? 1) : 1;
  const pixels = reply.width * reply.height * count;
  const isRequested = reply.width === (width ?? reply.width) && reply.height === (height ?? reply.height);
  if (isRequested && reply.data.byteLength === pixels * 4) {
    return pixels <= maxPixels ? reply : tooLarge(reply, count, maxPixels);
  }
  return new RequestError({
    status: "internal",
    code: "FSOCK_RENDERER_FAILED",
    message:
      `expected ${width ?? "?"} × ${height ?? "?"} pixels from the renderer, ` +
      `got ${reply.width} × ${reply.height}${count > 1 ? `, ${count} times,` : ""} in ${reply.data.byteLength} bytes`,
  });
}

/** The refusal of a picture whose size, or number of frames, the program decided. */
function tooLarge({ width, height }: RenderReply, count: number, maxPixels: number): RequestError {
  const frames = count === 1 ? "" : `${count} frames of `;
  return new RequestError({
    status: "too_large",
    code: "FSOCK_CANVAS_TOO_LARGE",
    message: `expected a canvas of at most ${maxPixels} pixels, got ${frames}${width} × ${height}`,
  });
}
