import { Worker } from "node:worker_threads";

import { RasterError } from "@gvpie/raster";

import type { RenderReply, RenderRequest } from "./messages.ts";

// If this module is a TypeScript source, so is the thread's. The thread inherits no flags, because those of a test runner lack
// the condition, and a worker cannot start with `--input-type=module`.
const IS_SOURCE = import.meta.url.endsWith(".ts");
const MAIN = new URL(IS_SOURCE ? "thread-main.ts" : "thread-main.js", import.meta.url);
const OPTIONS = { name: "gvpie-raster", execArgv: IS_SOURCE ? ["--conditions=@gvpie/source"] : [] };

/** A worker thread for one request at a time. It starts with the first request, and again with the first one after its end. */
export class Thread {
  #worker: Worker | undefined;
  #pending: PromiseWithResolvers<RenderReply> | undefined;

  /**
   * Sends a request and waits for its reply. The caller must not send another one before that.
   *
   * @throws {RasterError} `RASTER_BACKEND` or `RASTER_OUT_OF_MEMORY` if the thread dies before it replies.
   */
  async request(request: RenderRequest): Promise<RenderReply> {
    const worker = (this.#worker ??= this.#start());
    worker.ref();
    try {
      this.#pending = Promise.withResolvers();
      worker.postMessage(request, request.spare ? [request.spare] : []);
      return await this.#pending.promise;
    } finally {
      this.#pending = undefined;
      worker.unref();
    }
  }

  /** Ends the thread, even during a request, which rejects with `reason`. The next request starts a new thread. */
  async end(reason: unknown): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#pending?.reject(reason);
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(MAIN, OPTIONS);
    let cause: unknown;
    worker.on("message", (reply: RenderReply) => {
      if (this.#worker === worker) this.#pending?.resolve(reply);
    });
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", (exitCode) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#pending?.reject(exitError(exitCode, cause));
    });
    return worker;
  }
}

function exitError(exitCode: number, cause: unknown): RasterError {
  const isOutOfMemory =
    cause instanceof Error && "code" in cause && cause.code === "ERR_WORKER_OUT_OF_MEMORY";
  if (isOutOfMemory) {
    return new RasterError("RASTER_OUT_OF_MEMORY", "the worker thread ran out of memory", { cause });
  }
  const reason = `the worker thread ended with code ${exitCode} before its reply`;
  return new RasterError("RASTER_BACKEND", reason, { cause });
}
