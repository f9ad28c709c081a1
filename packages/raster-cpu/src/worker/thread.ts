import { Worker } from "node:worker_threads";

import { RasterError } from "@gvpie/raster";

import type { RenderReply, RenderRequest } from "./messages.ts";

// Beside TypeScript sources the thread runs on sources too. It inherits no flags: of a test runner it would miss the
// condition, and of `node --input-type=module` it would get one that it cannot start with.
const IS_SOURCE = import.meta.url.endsWith(".ts");
const MAIN = new URL(IS_SOURCE ? "thread-main.ts" : "thread-main.js", import.meta.url);
const OPTIONS = { name: "gvpie-raster", execArgv: IS_SOURCE ? ["--conditions=@gvpie/source"] : [] };

/** A worker thread for one request at a time; it is started when needed, and again when it died. */
export class Thread {
  #worker: Worker | undefined;
  #pending: PromiseWithResolvers<RenderReply> | undefined;

  /**
   * Sends a request and waits for its reply. Only one may be under way.
   *
   * @throws {RasterError} `RASTER_BACKEND` or `RASTER_OUT_OF_MEMORY` when the thread dies before it replies.
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

  /** Ends the thread, however busy; a request under way rejects with `reason`. The next request starts a new one. */
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
      this.#pending?.reject(deathOf(exitCode, cause));
    });
    return worker;
  }
}

function deathOf(exitCode: number, cause: unknown): RasterError {
  const isOutOfMemory =
    cause instanceof Error && "code" in cause && cause.code === "ERR_WORKER_OUT_OF_MEMORY";
  if (isOutOfMemory)
    return new RasterError("RASTER_OUT_OF_MEMORY", "the worker thread ran out of memory", { cause });
  return new RasterError("RASTER_BACKEND", `the worker thread ended with code ${exitCode} before its reply`, {
    cause,
  });
}
