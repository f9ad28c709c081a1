import { checkOptions, describeValue, type Program } from "@gvpie/pxl-parser";
import { createFrame, type Frame, type PortableRequest, RasterError, toPortable } from "@gvpie/raster";

import { CPU_INFO } from "../rasterizer.ts";
import { fromWire } from "./messages.ts";
import { Thread } from "./thread.ts";
import type { WorkerRasterizer, WorkerRasterizerOptions, WorkerRenderOptions } from "./types.ts";

const MAX_THREADS = 64;

const OPTION_NAMES: ReadonlySet<string> = new Set<keyof WorkerRasterizerOptions>(["threads"]);

/**
 * Returns a rasteriser that draws on worker threads.
 *
 * @throws {RangeError} if `threads` is not an integer from 1 to 64.
 * @throws {TypeError} if `options` is not a plain object or has an unknown name.
 */
export function createWorkerRasterizer(options: WorkerRasterizerOptions = {}): WorkerRasterizer {
  checkOptions("options", options, OPTION_NAMES);
  const { threads: count = 1 } = options;
  if (!Number.isInteger(count) || count < 1 || count > MAX_THREADS) {
    throw new RangeError(
      `expected threads as an integer from 1 to ${MAX_THREADS}, got ${describeValue(count)}`,
    );
  }
  return new WorkerPool(count);
}

class WorkerPool implements WorkerRasterizer {
  readonly info = CPU_INFO;
  readonly #idle: Thread[];
  readonly #threads: readonly Thread[];
  /** Callbacks of the renders that wait for a thread, in order. */
  readonly #waiting = new Set<(thread: Thread) => void>();
  readonly #running = new Set<Promise<Frame>>();
  /** Buffer of the last frame that was copied into a caller's buffer, for the next frame of its size. */
  #spare: ArrayBuffer | undefined;
  #closing: Promise<void> | undefined;

  constructor(count: number) {
    this.#threads = Array.from({ length: count }, () => new Thread());
    this.#idle = [...this.#threads];
  }

  async render(program: string | Program, options: WorkerRenderOptions = {}): Promise<Frame> {
    if (this.#closing !== undefined) throw new RasterError("RASTER_CLOSED", "the rasteriser is closed");
    const running = this.#render(toPortable(program, options), options);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    await Promise.allSettled(this.#running);
    await Promise.all(this.#threads.map((thread) => thread.end(undefined)));
    this.#spare = undefined;
  }

  async #render(request: PortableRequest, options: WorkerRenderOptions): Promise<Frame> {
    const { signal } = options;
    const thread = await this.#acquire(signal);
    const abort = () => void thread.end(signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      // The signal may have aborted between the thread's release and here.
      signal?.throwIfAborted();
      return await this.#renderOn(thread, request, options);
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#release(thread);
    }
  }

  async #renderOn(thread: Thread, portable: PortableRequest, options: WorkerRenderOptions): Promise<Frame> {
    const { into, onWarning } = options;
    const spare = this.#spare?.byteLength === into?.length ? this.#spare : undefined;
    if (spare !== undefined) this.#spare = undefined;
    const wantsWarnings = onWarning !== undefined;
    const reply = await thread.request({ ...portable, wantsWarnings, spare });
    if ("error" in reply) throw fromWire(reply.error);

    for (const warning of reply.warnings) onWarning?.(warning);
    const data = new Uint8ClampedArray(reply.pixels);
    if (into === undefined) return { width: reply.width, height: reply.height, data };
    const frame = createFrame(reply.width, reply.height, into);
    frame.data.set(data);
    this.#spare = reply.pixels;
    return frame;
  }

  /** Waits for an idle thread. Rejects with the signal's reason if it aborts first. */
  #acquire(signal: AbortSignal | undefined): Promise<Thread> {
    signal?.throwIfAborted();
    const thread = this.#idle.pop();
    if (thread !== undefined) return Promise.resolve(thread);
    return new Promise((resolve, reject) => {
      const take = (thread: Thread) => {
        signal?.removeEventListener("abort", leave);
        resolve(thread);
      };
      const leave = () => {
        this.#waiting.delete(take);
        reject(signal?.reason as Error);
      };
      this.#waiting.add(take);
      signal?.addEventListener("abort", leave);
    });
  }

  /** Gives the thread to the first waiting render, or makes it idle. */
  #release(thread: Thread): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#idle.push(thread);
    } else {
      this.#waiting.delete(next);
      next(thread);
    }
  }
}
