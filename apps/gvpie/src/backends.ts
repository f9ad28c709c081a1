import { lowerProgram, RasterError, type Rasterizer, type RasterizerInfo } from "@gvpie/raster";
import { createCpuRasterizer } from "@gvpie/raster-cpu";
import type { AdapterDescription } from "@gvpie/raster-webgpu";
import { say } from "./output.ts";
import { isRasterError } from "./raster-error.ts";

/** What a picture can be drawn with. */
export interface Backend {
  readonly info: RasterizerInfo;
  /** Undefined where it cannot draw. */
  readonly rasterizer: Rasterizer | undefined;
  /** Why it cannot. */
  readonly failure: string | undefined;
}

/**
 * An adapter in a process of its own, because a fault in a driver ends the process that it happens in. It has passed its
 * self-test, and never falls back to the CPU.
 *
 * @throws {RasterError} `RASTER_NO_ADAPTER`, naming what to install, or `RASTER_BACKEND`.
 */
export async function openAdapter(adapter: string | undefined): Promise<Rasterizer> {
  // Loaded only here and below: who draws on the CPU needs no Dawn.
  const { createProcessRasterizer } = await import("@gvpie/raster-webgpu/process");
  let reason = "it gave no frame";
  return createProcessRasterizer({
    adapter,
    // Asked where the adapter gave no frame: says what is wrong with the program, and else with the adapter.
    cpu: {
      info: { backend: "webgpu", adapter: adapter ?? "none", fallback: false },
      async render(program, options) {
        lowerProgram(program, options);
        throw new RasterError("RASTER_BACKEND", `the adapter failed: ${reason}`);
      },
      close: () => Promise.resolve(),
    },
    onEvent: (event) => {
      if (event.type === "died") ({ reason } = event);
    },
  });
}

/**
 * What `verify --backend` draws with: the CPU, one adapter, or the CPU and every adapter that there is.
 *
 * @throws {RasterError} `RASTER_NO_ADAPTER` where `webgpu` is asked for, or an adapter that there is not.
 */
export async function openBackends(
  backend: "cpu" | "webgpu" | "all",
  adapter: string | undefined,
): Promise<Backend[]> {
  const opened: Backend[] = [];
  if (backend !== "webgpu") opened.push(ready(createCpuRasterizer()));
  if (backend === "webgpu") opened.push(ready(await openAdapter(adapter)));
  if (backend === "all") {
    for (const { name, fallback } of await findAll(adapter)) {
      opened.push(await tryAdapter({ backend: "webgpu", adapter: name, fallback }));
    }
  }
  return opened;
}

/** `all` is content with the CPU where there is no adapter, but not where one was named. */
async function findAll(wanted: string | undefined): Promise<AdapterDescription[]> {
  try {
    return await findAdapters(wanted);
  } catch (error) {
    const isNone = isRasterError(error) && error.code === "RASTER_NO_ADAPTER";
    if (!isNone || wanted !== undefined) throw error;
    say(error.message);
    return [];
  }
}

/**
 * Every WebGPU adapter whose name holds `wanted`, in any case.
 *
 * @throws {RasterError} `RASTER_NO_ADAPTER` where there is none, naming what to install.
 */
export async function findAdapters(wanted = ""): Promise<AdapterDescription[]> {
  const { listAdapters } = await import("@gvpie/raster-webgpu");
  const byName = new Map((await listAdapters()).map((adapter) => [adapter.name, adapter]));
  const found = Array.from(byName.values()).filter(({ name }) =>
    name.toLowerCase().includes(wanted.toLowerCase()),
  );
  // Asking for one that there is not gives the error that says what to do.
  if (found.length === 0) await (await openAdapter(wanted || undefined)).close();
  return found;
}

/** Opens an adapter, which includes its self-test. */
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
