import { adapterLabel, readVersion } from "@gvpie/app-common";
import { RasterError, type RasterizerInfo } from "@gvpie/raster";
import {
  createWorkerRasterizer,
  type WorkerRasterizer,
  type WorkerRenderOptions,
} from "@gvpie/raster-cpu/worker";
import type { RenderedFrame } from "@gvpie/raster-webgpu";
import type { ProcessEvent, ProcessRasterizer } from "@gvpie/raster-webgpu/process";
import { availableParallelism } from "node:os";
import type { Logger } from "pino";
import type { Config } from "./config.ts";

/** Bounds the memory that frames in progress take: each may have 64 MiB. */
const MAX_THREADS = 4;
/** The GPU process is restarted if a frame takes longer: half a request's default timeout. */
const GPU_TIMEOUT_MS = 5_000;

/** Renders programs. */
export interface Renderer {
  /** The frame's `info` names the backend and adapter that rendered it. */
  render(program: string, options: WorkerRenderOptions): Promise<RenderedFrame>;
  /** Renders the frames of an animation in order. */
  renderFrames(program: string, options: WorkerRenderOptions): AsyncIterable<RenderedFrame>;
}

/** Renders programs on the CPU, on a GPU, or on both. */
export interface Backend extends Renderer {
  /** True if cheap programs may be rendered on the CPU of the main thread instead. */
  readonly allowsMainThread: boolean;
  /** Renders on CPU threads only. */
  readonly cpu: Renderer;
  /** `starting`: no GPU is ready now, but the backend looks for one or restarts it. */
  readonly gpu: "absent" | "starting" | "ready";
  /** The adapter that renders large frames now: the GPU if it is ready, else the CPU. */
  readonly info: RasterizerInfo;
  /** Finishes the renders in progress, then releases everything. */
  close(): Promise<void>;
}

/**
 * Opens the backend that `--backend` and `--adapter` name, and logs the adapter that renders whenever it changes.
 *
 * `auto` renders on the CPU from the start. It looks for a graphics card in the background; if it finds one, large
 * frames go there.
 *
 * @param signal abandons the search for an adapter: the promise rejects with the signal's reason.
 * @throws {RasterError} `webgpu` was requested, and there is no adapter or it fails its self-test.
 */
export async function openBackend(
  { backend, adapter }: Pick<Config, "backend" | "adapter">,
  log: Logger,
  signal: AbortSignal,
): Promise<Backend> {
  const cpu = createWorkerRasterizer({ threads: Math.min(MAX_THREADS, availableParallelism()) });
  if (backend === "webgpu") return openGpu(cpu, adapter, log, signal);
  logAdapter(log, cpu.info);
  return backend === "cpu" ? openCpu(cpu) : openAuto(cpu, adapter, log);
}

function openCpu(cpu: WorkerRasterizer): Backend {
  const renderer = rendererOf(cpu);
  return {
    ...renderer,
    allowsMainThread: true,
    cpu: renderer,
    gpu: "absent",
    info: cpu.info,
    close: () => cpu.close(),
  };
}

async function openGpu(
  cpu: WorkerRasterizer,
  adapter: string | undefined,
  log: Logger,
  signal: AbortSignal,
): Promise<Backend> {
  // Imported on demand, so that the CPU backend does not load Dawn.
  const { createProcessRasterizer } = await import("@gvpie/raster-webgpu/process");
  let gpu: ProcessRasterizer;
  try {
    gpu = await createProcessRasterizer({
      cpu,
      adapter,
      signal,
      timeoutMs: GPU_TIMEOUT_MS,
      onEvent: (event) => logEvent(log, event),
    });
  } catch (error) {
    await cpu.close();
    throw error;
  }
  return {
    allowsMainThread: false,
    cpu: rendererOf(cpu),
    get gpu() {
      return gpu.pid === undefined ? "starting" : "ready";
    },
    get info() {
      return gpu.info;
    },
    render: (program, options) => gpu.render(program, options),
    renderFrames: (program, options) => gpu.renderFrames(program, options),
    close: () => closeBoth(gpu, cpu),
  };
}

function openAuto(cpu: WorkerRasterizer, adapter: string | undefined, log: Logger): Backend {
  const closing = new AbortController();
  let gpu: ProcessRasterizer | undefined;
  const openCard = async () => {
    const [{ createProcessRasterizer }, { AUTO_MIN_LAYERS, AUTO_MIN_PIXELS }] = await Promise.all([
      import("@gvpie/raster-webgpu/process"),
      import("@gvpie/raster-webgpu"),
    ]);
    gpu = await createProcessRasterizer({
      cpu,
      adapter,
      hardwareOnly: true,
      minPixels: AUTO_MIN_PIXELS,
      minLayers: AUTO_MIN_LAYERS,
      signal: closing.signal,
      timeoutMs: GPU_TIMEOUT_MS,
      onEvent: (event) => logEvent(log, event, AUTO_MIN_PIXELS),
    });
  };
  let isAbsent = false;
  const opened = openCard().catch((error: unknown) => {
    isAbsent = true;
    if (!closing.signal.aborted) logCpuOnly(log, error);
  });
  const renderer = rendererOf(cpu);
  return {
    allowsMainThread: true,
    cpu: renderer,
    get gpu() {
      if (isAbsent) return "absent";
      return gpu?.pid === undefined ? "starting" : "ready";
    },
    get info() {
      return gpu?.info ?? cpu.info;
    },
    render: (program, options) => (gpu ?? renderer).render(program, options),
    renderFrames: (program, options) => (gpu ?? renderer).renderFrames(program, options),
    async close() {
      closing.abort();
      await opened;
      await closeBoth(gpu, cpu);
    },
  };
}

function rendererOf(cpu: WorkerRasterizer): Renderer {
  return {
    async render(program, options) {
      return { ...(await cpu.render(program, options)), info: cpu.info };
    },
    async *renderFrames(program, options) {
      for await (const frame of cpu.renderFrames(program, options)) yield { ...frame, info: cpu.info };
    },
  };
}

async function closeBoth(gpu: ProcessRasterizer | undefined, cpu: WorkerRasterizer): Promise<void> {
  // In this order: the CPU renders the frames that a closing GPU process cannot finish.
  await gpu?.close();
  await cpu.close();
}

/** @param minPixels of the smallest frame that goes to the adapter. */
function logAdapter(log: Logger, info: RasterizerInfo, minPixels = 0, pid = process.pid): void {
  const frames = minPixels > 0 ? ` frames of ${minPixels} pixels or more` : "";
  const { backend, adapter, fallback } = info;
  log.info(
    { version: readVersion(import.meta.dirname), backend, adapter, fallback, minPixels, drawingPid: pid },
    `rendering${frames} on ${backend}, adapter ${adapterLabel(info)}`,
  );
}

function logEvent(log: Logger, event: ProcessEvent, minPixels = 0): void {
  if (event.type === "started") return logAdapter(log, event.info, minPixels, event.pid);
  const { pid, reason, restartInMs } = event;
  log.warn(
    { drawingPid: pid, reason, restartInMs },
    `the GPU process died (${reason}): rendering on cpu, restarting it in ${restartInMs} ms`,
  );
}

function logCpuOnly(log: Logger, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const isExpected = error instanceof RasterError && error.code === "RASTER_NO_ADAPTER";
  log[isExpected ? "info" : "warn"]({ reason: message }, `rendering on cpu only: ${message}`);
}
