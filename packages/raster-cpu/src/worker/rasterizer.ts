import { checkOptions, describeValue, type Program } from "@gvpie/pxl-parser";
import { createFrame, type Frame, type PortableRequest, RasterError, toPortable } from "@gvpie/raster";

import { CPU_INFO } from "../rasterizer.ts";
import { type FrameBatch, fromWire, type RenderReply } from "./messages.ts";
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

type DrawnReply = Exclude<RenderReply, { readonly error: unknown }>;

class WorkerPool implements WorkerRasterizer {
  readonly info = CPU_INFO;
  readonly #idle: Thread[];
  readonly #threads: readonly Thread[];
  /** Callbacks of the renders that wait for a thread, in order. */
  readonly #waiting = new Set<(thread: Thread) => void>();
  readonly #running = new Set<Promise<DrawnReply>>();
  /** Buffer of the last frame that was copied into a caller's buffer, for the next frame of its size. */
  #spare: ArrayBuffer | undefined;
  #lastSequence = 0;
  #closing: Promise<void> | undefined;

  constructor(count: number) {
    this.#threads = Array.from({ length: count }, () => new Thread());
    this.#idle = [...this.#threads];
  }

  async render(program: string | Program, options: WorkerRenderOptions = {}): Promise<Frame> {
    this.#checkOpen();
    const { into } = options;
    const request = toPortable(program, options);
    const reply = await this.#track(this.#request(request, options, undefined));
    return this.#frameOf(reply, 0, into);
  }

  async *renderFrames(
    program: string | Program,
    options: WorkerRenderOptions = {},
  ): AsyncGenerator<Frame, void, undefined> {
    const { into, signal } = options;
    this.#checkOpen();
    const request = toPortable(program, options);
    const sequence = ++this.#lastSequence;
    for (let from = 0, count = 1; from < count;) {
      this.#checkOpen();
      const reply = await this.#track(this.#request(request, options, { sequence, from }));
      for (const i of reply.frames.keys()) {
        signal?.throwIfAborted();
        yield this.#frameOf(reply, i, into);
      }
      from += reply.frames.length;
      count = reply.animation?.frames ?? 1;
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

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new RasterError("RASTER_CLOSED", "the rasteriser is closed");
  }

  /** Makes `close` wait for a reply. */
  async #track(reply: Promise<DrawnReply>): Promise<DrawnReply> {
    this.#running.add(reply);
    try {
      return await reply;
    } finally {
      this.#running.delete(reply);
    }
  }

  async #request(
    request: PortableRequest,
    options: WorkerRenderOptions,
    batch: FrameBatch | undefined,
  ): Promise<DrawnReply> {
    const { signal } = options;
    const thread = await this.#acquire(signal);
    const abort = () => void thread.end(signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      // The signal may have aborted between the thread's release and here.
      signal?.throwIfAborted();
      return await this.#requestFrom(thread, request, options, batch);
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#release(thread);
    }
  }

  async #requestFrom(
    thread: Thread,
    portable: PortableRequest,
    { into, onWarning }: WorkerRenderOptions,
    batch: FrameBatch | undefined,
  ): Promise<DrawnReply> {
    const spare = batch === undefined && this.#spare?.byteLength === into?.length ? this.#spare : undefined;
    if (spare !== undefined) this.#spare = undefined;
    // Warnings are those of frame 0.
    const wantsWarnings = onWarning !== undefined && (batch?.from ?? 0) === 0;
    const reply = await thread.request({ ...portable, wantsWarnings, spare, batch });
    if ("error" in reply) throw fromWire(reply.error);
    for (const warning of reply.warnings) onWarning?.(warning);
    return reply;
  }

  #frameOf(reply: DrawnReply, i: number, into: Uint8ClampedArray | undefined): Frame {
    const { width, height, animation } = reply;
    const pixels = reply.frames[i] as ArrayBuffer;
    const data = new Uint8ClampedArray(pixels);
    const drawn = { width, height, data, ...(animation && { animation }) };
    if (into === undefined) return drawn;
    createFrame(width, height, into);
    into.set(data);
    this.#spare = pixels;
    return { ...drawn, data: into };
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
