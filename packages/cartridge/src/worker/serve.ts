import { platform } from "#platform";
import { checkOptions, describeValue } from "../options.ts";
import type { Frame, Render } from "../types.ts";
import { verifyCartridge } from "../verify.ts";
import { type FromWorker, fromWire, type ToWorker, toWire, transferable } from "./messages.ts";

/** Options of {@link serveVerification}. */
export interface ServeOptions {
  /**
   * Draws a program in this thread. It returns a new frame each time, because the frame is transferred to the caller.
   * Default: the `render` of the caller draws, in the caller's thread.
   */
  readonly render?: Render | undefined;
}

/**
 * Verifies cartridges for a verifier of {@link createVerifier}. The entry module of a worker calls it once, before it awaits
 * anything.
 *
 * @throws {Error} outside a worker.
 * @throws {TypeError} if `render` is not a function.
 */
export function serveVerification(options: ServeOptions = {}): void {
  checkOptions("options", options, ["render"]);
  const { render: ownRender } = options;
  if (ownRender !== undefined && typeof ownRender !== "function") {
    throw new TypeError(`expected render as a function, got ${describeValue(ownRender)}`);
  }
  const port = platform.workerPort();
  let drawing: PromiseWithResolvers<Frame> | undefined;

  const post = (message: FromWorker, transfer: readonly ArrayBuffer[] = []) => {
    port.post(message, transfer);
  };
  const askCaller: Render = (program, request) => {
    drawing = Promise.withResolvers();
    post({ type: "render", program, request });
    return drawing.promise;
  };
  const verify = async ({ bytes, options, callerDraws }: ToWorker & { readonly type: "verify" }) => {
    try {
      const render = callerDraws ? askCaller : ownRender;
      if (render === undefined) {
        throw new TypeError("expected render in the options of verify or of serveVerification, got none");
      }
      const found = await verifyCartridge(bytes, { ...options, render });
      const { frame, drawn, cause } = found;
      const verification = { ...found, cause: cause === undefined ? undefined : toWire(cause) };
      post({ type: "verified", verification }, transferable(frame, drawn));
    } catch (error) {
      post({ type: "failed", error: toWire(error) });
    }
  };

  port.listen((message) => {
    const received = message as ToWorker;
    if (received.type === "verify") {
      void verify(received);
    } else if (received.type === "drawn") {
      drawing?.resolve(received.frame);
    } else {
      drawing?.reject(fromWire(received.error));
    }
  });
}
