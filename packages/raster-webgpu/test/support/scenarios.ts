// `node scenarios.ts NAME`: test scenarios that need a process of their own, on the adapter that it finds. The last line
// printed is the outcome, as JSON.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { createCpuRasterizer, renderProgram as renderOnCpu } from "@gvpie/raster-cpu";
import { HARD_LIMITS, RasterError, type RenderOptions } from "@gvpie/raster";
import {
  createWebGpuRasterizer,
  listAdapters,
  openWebGpuRasterizer,
  renderProgram,
  selfTest,
  type WebGpuRasterizer,
} from "@gvpie/raster-webgpu";
import { createProcessRasterizer } from "@gvpie/raster-webgpu/process";
import { assertSameFrame, randomProgram } from "@gvpie/raster/conformance";

import { openDevice, type NamedDevice } from "../../src/device.ts";
import { DeviceRasterizer } from "../../src/rasterizer.ts";

const HELLO = "TXT 10 10 Hello GPU\nRECT 4 4 100 2";

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "no error";
  } catch (error) {
    return error instanceof RasterError ? error.code : `not a RasterError: ${String(error)}`;
  }
}

async function sameAsCpu(
  rasterizer: WebGpuRasterizer,
  source: string,
  options: RenderOptions = {},
): Promise<boolean> {
  assertSameFrame(
    await rasterizer.render(source, options),
    renderOnCpu(source, options),
    source.slice(0, 40),
  );
  return true;
}

/** Opens a rasteriser and exposes its devices. */
async function openExposed(): Promise<{ rasterizer: DeviceRasterizer; devices: GPUDevice[] }> {
  const devices: GPUDevice[] = [];
  const open = async (): Promise<NamedDevice> => {
    const named = await openDevice();
    devices.push(named.device);
    return named;
  };
  const rasterizer = new DeviceRasterizer({ open, isOwner: true });
  await rasterizer.ready();
  return { rasterizer, devices };
}

/** Renders small frames, and returns the bytes by which each frame of the second half grew the process. */
async function measureGrowth(frames: number, collect: () => void = () => {}) {
  const samples: number[] = [];
  for (let i = 1; i <= frames; i++) {
    await renderProgram(`TXT ${i % 128} 10 Hello ${i}\nRECT ${i % 64} 30 20 10`);
    if (i % (frames / 40) !== 0) continue;
    collect();
    samples.push(process.memoryUsage.rss());
  }
  // Memory rises and falls: compare the medians of two quarters, not two samples.
  const middle = (from: number) => samples.slice(from, from + 10).toSorted((a, b) => a - b)[5] ?? Number.NaN;
  return { frames, bytesPerFrame: (middle(30) - middle(20)) / (frames / 4) };
}

const scenarios: Record<string, () => Promise<unknown>> = {
  /** Renders a frame and closes nothing. */
  async exit() {
    const { data, info } = await renderProgram(HELLO);
    return { info, bytes: data.length, at: Date.now() };
  },

  async adapters() {
    return listAdapters();
  },

  async noAdapter() {
    const errors: { code: string; message: string }[] = [];
    for (const open of [
      () => renderProgram(HELLO),
      () => openWebGpuRasterizer(),
      () => createProcessRasterizer({ cpu: createCpuRasterizer() }),
      () => openWebGpuRasterizer({ adapter: "nonesuch" }),
    ]) {
      await open().catch((error: RasterError) => errors.push({ code: error.code, message: error.message }));
    }
    return errors;
  },

  async loss() {
    const { rasterizer, devices } = await openExposed();
    const inFlight = Array.from({ length: 5 }, () =>
      codeOf(rasterizer.render(HELLO, { width: 800, height: 600 })),
    );
    // Lets the renders reach the device.
    await new Promise((resolve) => setImmediate(resolve));
    devices[0]?.destroy();
    const lost = await Promise.all(inFlight);
    const recovered = await Promise.all([1, 2, 3].map(() => sameAsCpu(rasterizer, HELLO)));
    await rasterizer.close();
    return { lost, recovered, devices: devices.length };
  },

  /** A caller's device is neither replaced nor destroyed. */
  async callersDevice() {
    const { device } = await openDevice();
    const rasterizer = createWebGpuRasterizer(device);
    const before = await sameAsCpu(rasterizer, HELLO);
    await rasterizer.close();
    const closed = await codeOf(rasterizer.render(HELLO));
    const another = createWebGpuRasterizer(device);
    const after = await sameAsCpu(another, HELLO);
    device.destroy();
    await device.lost;
    const lost = [await codeOf(another.render(HELLO)), await codeOf(another.render(HELLO))];
    const late = await codeOf(createWebGpuRasterizer(device).render(HELLO));
    return { before, closed, after, lost, late, info: another.info };
  },

  /** Renders that need more memory than SwiftShader can allocate at once, and more than a device can bind. */
  async refusals() {
    const { device } = await openDevice();
    const huge = 2 ** 30;
    const { adapter } = await (await import("../../src/gpu.node.ts")).findAdapter();
    const large = await adapter.requestDevice({
      requiredLimits: { maxBufferSize: huge, maxStorageBufferBindingSize: huge },
    });
    const on = (device: GPUDevice, maxPixels: number) =>
      new DeviceRasterizer({ open: () => Promise.resolve({ device, info }), isOwner: false }, info, {
        maxPixels,
      });
    const info = { backend: "webgpu", adapter: "", fallback: true } as const;
    const greedy = on(large, huge / 4);
    const wide = on(device, 2 ** 26);
    return {
      memory: await codeOf(greedy.render("RECT 0 0 1 1", { width: 1, height: 2 ** 23 })),
      memoryAfter: await sameAsCpu(greedy, HELLO),
      backend: await codeOf(wide.render("RECT 0 0 1 1", { width: 1, height: 2 ** 21 })),
      backendAfter: await sameAsCpu(wide, HELLO),
    };
  },

  /** Many frames of many sizes in flight at once, into the caller's buffers. */
  async inFlight() {
    const rasterizer = await openWebGpuRasterizer();
    const frames = await Promise.all(
      Array.from({ length: 60 }, async (_, seed) => {
        const { source, ...options } = randomProgram(seed, { sides: [1, 64, 300, 1000] });
        const into = new Uint8ClampedArray(options.width * options.height * 4);
        const frame = await rasterizer.render(source, { ...options, into });
        assertSameFrame(frame, renderOnCpu(source, options), `seed ${seed}`);
        return frame.data === into;
      }),
    );
    const last = rasterizer.render(HELLO);
    const closing = rasterizer.close();
    const refused = await codeOf(rasterizer.render(HELLO));
    await closing;
    await rasterizer.close();
    return { right: frames.filter(Boolean).length, finished: (await last).data.length, refused };
  },

  /** Canvases that are drawn in several bands. */
  async large() {
    const rasterizer = await openWebGpuRasterizer();
    const results = [];
    for (const [width, height] of [
      [8192, 8192],
      [2 ** 24, 1],
      [1, 300_000],
      [2 ** 20 + 7, 9],
    ] as const) {
      const source = [
        `RECT 5 ${Math.floor(height / 2) - 1} ${width} 3`,
        `RECT ${width - 3} 0 2 ${height}`,
        `TXT ${Math.floor(width / 2)} ${Math.floor(height / 2)} middle`,
        `TXT -3 ${height - 5} ${"corner ".repeat(200)}`,
        ...Array.from(
          { length: 7 },
          (_, i) => `RECT 7 ${(i + 1) * 1024 - 1} 40 2\nTXT 60 ${(i + 1) * 1024 - 4} band`,
        ),
      ].join("\n");
      results.push(await sameAsCpu(rasterizer, source, { width, height, limits: HARD_LIMITS }));
    }
    await rasterizer.close();
    return results;
  },

  async selfTest() {
    const rasterizer = await openWebGpuRasterizer();
    await selfTest(rasterizer);
    const broken = { ...createCpuRasterizer(), info: rasterizer.info };
    const render = broken.render.bind(broken);
    broken.render = async (program, options) => {
      const frame = await render(program, options);
      frame.data[0] = (frame.data[0] ?? 0) ^ 1;
      return frame;
    };
    const code = await codeOf(selfTest(broken));
    await rasterizer.close();
    return code;
  },

  /** The growth over 20,000 frames. */
  memory: () => measureGrowth(20_000),

  /** The growth over 12,000 frames: fewer frames need forced garbage collections for a stable figure. */
  async briefMemory() {
    setFlagsFromString("--expose-gc");
    return measureGrowth(12_000, runInNewContext("gc") as () => void);
  },

  /** Leaves a GPU process open. */
  async idleProcess() {
    const rasterizer = await createProcessRasterizer({ cpu: createCpuRasterizer() });
    await rasterizer.render(HELLO);
    return { pid: rasterizer.pid };
  },
};

const [name = ""] = process.argv.slice(2);
console.log(JSON.stringify(await scenarios[name]?.()));
