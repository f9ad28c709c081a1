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
import { readVersion, type Config } from "./config.ts";

/** More would only hold memory: a frame may have 64 MiB. */
const MAX_THREADS = 4;
/** How long the GPU process may leave frames unanswered. Half of what a request lives by default. */
const GPU_TIMEOUT_MS = 5_000;

/** What draws. */
export interface Backend {
  /** Whether light programs may be drawn at once, by the CPU of the thread that answers. */
  readonly drawsLightAtOnce: boolean;
  /** The frame says what drew it. */
  render(program: string, options: WorkerRenderOptions): Promise<RenderedFrame>;
  /** Finishes what is in hand, then releases everything. */
  close(): Promise<void>;
}

/**
 * Opens what `--backend` and `--adapter` name, and says in the log what draws, whenever that changes.
 *
 * `auto` draws on the CPU at once and looks for a graphics card meanwhile, which then gets the large frames.
 *
 * @param signal gives it up: the promise rejects with the signal's reason.
 * @throws {RasterError} where `webgpu` is asked for and there is no adapter, or one that fails its self-test.
 */
export async function openBackend(
  { backend, adapter }: Pick<Config, "backend" | "adapter">,
  log: Logger,
  signal: AbortSignal,
): Promise<Backend> {
  const cpu = createWorkerRasterizer({ threads: Math.min(MAX_THREADS, availableParallelism()) });
  if (backend === "webgpu") return openGpu(cpu, adapter, log, signal);
  announce(log, cpu.info);
  return backend === "cpu" ? onCpu(cpu) : onWhateverIsBest(cpu, adapter, log);
}

function onCpu(cpu: WorkerRasterizer): Backend {
  return {
    drawsLightAtOnce: true,
    render: (program, options) => drawOnCpu(cpu, program, options),
    close: () => cpu.close(),
  };
}

async function openGpu(
  cpu: WorkerRasterizer,
  adapter: string | undefined,
  log: Logger,
  signal: AbortSignal,
): Promise<Backend> {
  // Loaded only here and below: who draws on the CPU needs no Dawn.
  const { createProcessRasterizer } = await import("@gvpie/raster-webgpu/process");
  let gpu: ProcessRasterizer;
  try {
    gpu = await createProcessRasterizer({
      cpu,
      adapter,
      signal,
      timeoutMs: GPU_TIMEOUT_MS,
      onEvent: (event) => report(log, event),
    });
  } catch (error) {
    await cpu.close();
    throw error;
  }
  return {
    drawsLightAtOnce: false,
    render: (program, options) => gpu.render(program, options),
    close: () => closeBoth(gpu, cpu),
  };
}

function onWhateverIsBest(cpu: WorkerRasterizer, adapter: string | undefined, log: Logger): Backend {
  const closing = new AbortController();
  let gpu: ProcessRasterizer | undefined;
  const look = async () => {
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
      onEvent: (event) => report(log, event, AUTO_MIN_PIXELS),
    });
  };
  const looked = look().catch((error: unknown) => {
    if (!closing.signal.aborted) explainCpu(log, error);
  });
  return {
    drawsLightAtOnce: true,
    render: (program, options) => gpu?.render(program, options) ?? drawOnCpu(cpu, program, options),
    async close() {
      closing.abort();
      await looked;
      await closeBoth(gpu, cpu);
    },
  };
}

async function drawOnCpu(
  cpu: WorkerRasterizer,
  program: string,
  options: WorkerRenderOptions,
): Promise<RenderedFrame> {
  return { ...(await cpu.render(program, options)), info: cpu.info };
}

async function closeBoth(gpu: ProcessRasterizer | undefined, cpu: WorkerRasterizer): Promise<void> {
  // In this order: what the GPU cannot finish, the CPU does.
  await gpu?.close();
  await cpu.close();
}

/** @param minPixels of the smallest frame that the adapter draws. */
function announce(log: Logger, info: RasterizerInfo, minPixels = 0, pid = process.pid): void {
  const what = minPixels > 0 ? `drawing frames of ${minPixels} pixels or more` : "drawing";
  const { backend, adapter, fallback } = info;
  log.info(
    { version: readVersion(), backend, adapter, fallback, minPixels, drawingPid: pid },
    `${what} on ${backend}, adapter ${adapterLabel(info)}`,
  );
}

function report(log: Logger, event: ProcessEvent, minPixels = 0): void {
  if (event.type === "started") return announce(log, event.info, minPixels, event.pid);
  const { pid, reason, restartInMs } = event;
  log.warn(
    { drawingPid: pid, reason, restartInMs },
    `the GPU process ended (${reason}): drawing on cpu, and starting another in ${restartInMs} ms`,
  );
}

function explainCpu(log: Logger, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const isUsual = error instanceof RasterError && error.code === "RASTER_NO_ADAPTER";
  log[isUsual ? "info" : "warn"]({ reason: message }, `drawing on cpu only: ${message}`);
}

/** The adapter's name; one that is software says so. */
export function adapterLabel({ adapter, fallback }: RasterizerInfo): string {
  return fallback ? `${adapter}, software` : adapter;
}
