import {
  lowerProgram,
  RasterError,
  renderEachFrame,
  type Rasterizer,
  type RasterizerInfo,
} from "@gvpie/raster";
import { createCpuRasterizer } from "@gvpie/raster-cpu";
import type { AdapterDescription } from "@gvpie/raster-webgpu";
import { say } from "./output.ts";
import { isRasterError } from "./raster-error.ts";
import { line } from "./terminal-text.ts";

/** The CPU, or one WebGPU adapter. */
export interface Backend {
  readonly info: RasterizerInfo;
  /** Undefined if the adapter failed to start. */
  readonly rasterizer: Rasterizer | undefined;
  /** The reason of that failure. */
  readonly failure: string | undefined;
}

/**
 * Starts an adapter in its own process, because a fault in a driver ends the process. The adapter has passed its
 * self-test, and there is no fallback to the CPU.
 *
 * @throws {RasterError} `RASTER_NO_ADAPTER`, which names the package to install, or `RASTER_BACKEND`.
 */
export async function openAdapter(adapter: string | undefined): Promise<Rasterizer> {
  // Imported on demand, so that rendering on the CPU does not load Dawn.
  const { createProcessRasterizer } = await import("@gvpie/raster-webgpu/process");
  let reason = "it returned no frame";
  // Called if the adapter returned no frame: throws the program's error, or else the adapter's.
  const render: Rasterizer["render"] = async (program, options) => {
    lowerProgram(program, options);
    throw new RasterError("RASTER_BACKEND", `the adapter failed: ${reason}`);
  };
  return createProcessRasterizer({
    adapter,
    cpu: {
      info: { backend: "webgpu", adapter: adapter ?? "none", fallback: false },
      render,
      renderFrames: (program, options = {}) => renderEachFrame(options, (each) => render(program, each)),
      close: () => Promise.resolve(),
    },
    onEvent: (event) => {
      if (event.type === "died") ({ reason } = event);
    },
  });
}

/**
 * Opens the backends of `verify --backend`: the CPU, one adapter, or the CPU and every adapter.
 *
 * @throws {RasterError} `RASTER_NO_ADAPTER` if the backend is `webgpu` or an adapter is named, and there is none.
 */
export async function openBackends(
  backend: "cpu" | "webgpu" | "all",
  adapter: string | undefined,
): Promise<Backend[]> {
  const opened: Backend[] = [];
  if (backend !== "webgpu") opened.push(ready(createCpuRasterizer()));
  if (backend === "webgpu") opened.push(ready(await openAdapter(adapter)));
  if (backend === "all") {
    for (const { name, fallback } of await findAllAdapters(adapter)) {
      opened.push(await tryAdapter({ backend: "webgpu", adapter: name, fallback }));
    }
  }
  return opened;
}

/** For `all`, a machine without adapters is an error only if an adapter was named. */
async function findAllAdapters(wanted: string | undefined): Promise<AdapterDescription[]> {
  try {
    return await findAdapters(wanted);
  } catch (error) {
    const isNone = isRasterError(error) && error.code === "RASTER_NO_ADAPTER";
    if (!isNone || wanted !== undefined) throw error;
    say(line`${error.message}`);
    return [];
  }
}

/**
 * Returns every WebGPU adapter whose name contains `wanted`, ignoring case.
 *
 * @throws {RasterError} `RASTER_NO_ADAPTER` if there is none; it names the package to install.
 */
export async function findAdapters(wanted = ""): Promise<AdapterDescription[]> {
  const { listAdapters } = await import("@gvpie/raster-webgpu");
  const byName = new Map((await listAdapters()).map((adapter) => [adapter.name, adapter]));
  const found = Array.from(byName.values()).filter(({ name }) =>
    name.toLowerCase().includes(wanted.toLowerCase()),
  );
  // Opening an adapter that does not exist throws the error with the remedy.
  if (found.length === 0) await (await openAdapter(wanted || undefined)).close();
  return found;
}

/** Opens an adapter, which runs its self-test; returns the failure instead of throwing it. */
export async function tryAdapter(info: RasterizerInfo): Promise<Backend> {
  try {
    return ready(await openAdapter(info.adapter));
  } catch (error) {
    if (!isRasterError(error)) throw error;
    return { info, rasterizer: undefined, failure: error.message };
  }
}

function ready(rasterizer: Rasterizer): Backend {
  return { info: rasterizer.info, rasterizer, failure: undefined };
}
