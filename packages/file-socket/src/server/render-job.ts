import { RequestError } from "../errors.ts";
import type { Clock } from "../process/clock.ts";
import type { RenderHandler, RenderReply, RenderRequest } from "../types.ts";
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
      // Created on first use: a synchronous renderer does not need it.
      get signal() {
        controller ??= new AbortController();
        if (reason !== undefined) controller.abort(reason);
        return controller.signal;
      },
      deadline,
      via,
    });
    if ("then" in result) {
      timer = setTimeout(() => abort(deadlineRefusal()), Math.max(0, deadline - clock.monotonic()));
      result.then(
        (reply) => settleOnce(checkSize(reply, request)),
        (error: unknown) => settleOnce(rendererRefusal(error)),
      );
    } else {
      settleOnce(checkSize(result, request));
    }
  } catch (error) {
    settleOnce(rendererRefusal(error));
  }
  return { abort };
}

function checkSize(reply: RenderReply, { width, height }: RenderRequest): RenderReply | RequestError {
  const bytes = width * height * 4;
  if (reply.width === width && reply.height === height && reply.data.byteLength === bytes) return reply;
  return new RequestError({
    status: "internal",
    code: "FSOCK_RENDERER_FAILED",
    message:
      `expected ${width} × ${height} pixels from the renderer, ` +
      `got ${reply.width} × ${reply.height} in ${reply.data.byteLength} bytes`,
  });
}
