import type { Program } from "@gvpie/pxl-parser";
import {
  createFrame,
  type Frame,
  type PortableRequest,
  RasterError,
  type RasterizerInfo,
  renderEachFrame,
  toPortable,
} from "@gvpie/raster";

import type { RenderedFrame } from "../types.ts";
import { Child } from "./child.ts";
import { checkProcessOptions } from "./options.ts";
import { RecentDeaths, restartDelayMs } from "./restart.ts";
import { shouldUseGpu } from "./should-use-gpu.ts";
import type { ProcessRasterizer, ProcessRasterizerOptions, ProcessRenderOptions } from "./types.ts";
import type { FrameReply } from "./messages.ts";

/**
 * Starts a rasteriser that uses the GPU in a child process, because a fault in a graphics driver ends the process that it
 * occurs in.
 *
 * When the child process dies, hangs or declines, `cpu` renders the frames in progress, with the same bytes. After a death
 * another process is started. Every frame names the backend and adapter that drew it.
 *
 * @throws {RasterError} `RASTER_NO_ADAPTER`, with the packages to install, or `RASTER_BACKEND` if the adapter fails its
 * self-test or the first process dies.
 * @throws {TypeError} or {RangeError} if an option is unknown, of another type or out of its range.
 */
export async function createProcessRasterizer(options: ProcessRasterizerOptions): Promise<ProcessRasterizer> {
  checkProcessOptions(options);
  options.signal?.throwIfAborted();
  const rasterizer = new ChildRasterizer(options);
  const abort = () => void rasterizer.close();
  options.signal?.addEventListener("abort", abort);
  try {
    await rasterizer.start();
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", abort);
  }
  options.signal?.throwIfAborted();
  return rasterizer;
}

class ChildRasterizer implements ProcessRasterizer {
  readonly #options: ProcessRasterizerOptions;
  readonly #deaths = new RecentDeaths();
  readonly #inFlight = new Set<Promise<unknown>>();
  /** The process that is ready to render. */
  #child: Child | undefined;
  /** The process that is not ready yet. */
  #starting: Child | undefined;
  #info: RasterizerInfo;
  #restart: NodeJS.Timeout | undefined;
  #lastId = 0;
  #closing: Promise<void> | undefined;

  constructor(options: ProcessRasterizerOptions) {
    this.#options = options;
    this.#info = options.cpu.info;
  }

  get info(): RasterizerInfo {
    return this.#info;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts a process and resolves once it is ready. */
  async start(): Promise<void> {
    const { timeoutMs = 10_000, startTimeoutMs = 60_000, onEvent } = this.#options;
    const child = new Child(this.#options, { startMs: startTimeoutMs, frameMs: timeoutMs });
    this.#starting = child;
    try {
      this.#info = await child.ready();
    } catch (error) {
      child.kill();
      throw error;
    } finally {
      this.#starting = undefined;
    }
    if (this.#closing !== undefined) return child.end();
    this.#child = child;
    onEvent?.({ type: "started", info: this.#info, pid: child.pid });
    void this.#restartAfter(child);
  }

  render(program: string | Program, options: ProcessRenderOptions = {}): Promise<RenderedFrame> {
    const frame = this.#render(program, options);
    this.#inFlight.add(frame);
    void frame.catch(() => {}).finally(() => this.#inFlight.delete(frame));
    return frame;
  }

  renderFrames(program: string | Program, options: ProcessRenderOptions = {}): AsyncIterable<RenderedFrame> {
    return renderEachFrame(options, (frameOptions) => this.render(program, frameOptions));
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    clearTimeout(this.#restart);
    this.#starting?.kill();
    await Promise.allSettled(this.#inFlight);
    await (this.#child ?? this.#starting)?.end();
  }

  async #restartAfter(child: Child): Promise<void> {
    const reason = await child.death;
    this.#child = undefined;
    this.#info = this.#options.cpu.info;
    this.#scheduleRestart(child.pid, reason);
  }

  #scheduleRestart(pid: number, reason: string): void {
    if (this.#closing !== undefined) return;
    const { restartDelayMs: delayMs = restartDelayMs, onEvent } = this.#options;
    const restartInMs = delayMs(this.#deaths.add(performance.now()));
    onEvent?.({ type: "died", pid, reason, restartInMs });
    this.#restart = setTimeout(() => {
      this.start().catch((error: unknown) => this.#scheduleRestart(0, String(error)));
    }, restartInMs).unref();
  }

  async #render(program: string | Program, options: ProcessRenderOptions): Promise<RenderedFrame> {
    if (this.#closing !== undefined) throw new RasterError("RASTER_CLOSED", "the rasteriser is closed");
    const request = toPortable(program, options);
    if (this.#child !== undefined && shouldUseGpu(program, options, this.#options)) {
      const drawn = await this.#renderOn(this.#child, request, options);
      if (drawn !== undefined) {
        for (const warning of drawn.reply.warnings) options.onWarning?.(warning);
        const { info, animation } = drawn.reply;
        return { ...drawn.frame, ...(animation && { animation }), info };
      }
    }
    const { cpu } = this.#options;
    return { ...(await cpu.render(program, options)), info: cpu.info };
  }

  /** Resolves to undefined if the process gives no frame: the CPU then renders it or throws. */
  #renderOn(
    child: Child,
    portable: PortableRequest,
    options: ProcessRenderOptions,
  ): Promise<Drawn | undefined> {
    const { into, onWarning, signal } = options;
    return new Promise((resolve, reject) => {
      let frame: Frame | undefined;
      // Once pixels arrive in the caller's memory, the rest follows within milliseconds: an abort then has no effect.
      const abort = () => frame === undefined && reject(signal?.reason as Error);
      signal?.addEventListener("abort", abort);
      const removeListener = () => signal?.removeEventListener("abort", abort);
      const wantsWarnings = onWarning !== undefined;
      const request = { id: ++this.#lastId, request: portable, wantsWarnings };
      child.request(request, {
        accept: (reply) => {
          if (signal?.aborted) return undefined;
          frame = frameFor(reply, into);
          return frame?.data;
        },
        finish: (reply) => {
          removeListener();
          // `into` is checked again, because it may have been transferred or resized since.
          if (frame !== undefined && frameFor(reply, frame.data) === undefined) return resolve(undefined);
          resolve(frame && { frame, reply });
        },
        decline: () => {
          removeListener();
          resolve(undefined);
        },
      });
    });
  }
}

interface Drawn {
  readonly frame: Frame;
  readonly reply: FrameReply;
}

/** Returns memory for an announced frame; undefined if `into` does not fit, for which the CPU throws the error. */
function frameFor(reply: FrameReply, into: Uint8ClampedArray | undefined): Frame | undefined {
  try {
    return createFrame(reply.width, reply.height, into);
  } catch {
    return undefined;
  }
}
