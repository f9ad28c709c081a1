import { createCpuRasterizer, renderProgram } from "@gvpie/raster-cpu";
import {
  createProcessRasterizer,
  type ProcessEvent,
  type ProcessRasterizer,
  type ProcessRasterizerOptions,
} from "@gvpie/raster-webgpu/process";
import { assertSameFrame, randomProgram } from "@gvpie/raster/conformance";
import type { RenderOptions } from "@gvpie/raster";
import { afterAll, describe, expect, test, type TestContext, vi } from "vitest";

import { RecentDeaths, restartDelayMs } from "../src/process/restart.ts";
import { runNode } from "@gvpie/testing";
import { requireDriver } from "@gvpie/testing/gpu-drivers";
import { IS_FULL, outcomeOf } from "./support/outcome.ts";

// Other tests may share the machine.
vi.setConfig({ testTimeout: 240_000 });

const cpu = createCpuRasterizer();
const KILLS = IS_FULL ? 20 : 4;
/** SIGUSR1 would open Node's debugger. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGXCPU"];

async function open(context: TestContext, options: Partial<ProcessRasterizerOptions> = {}) {
  // The GPU process inherits the environment.
  Object.assign(process.env, requireDriver(context, "lavapipe"));
  return createProcessRasterizer({ cpu, ...options });
}

let shared: Promise<ProcessRasterizer> | undefined;

/** Opens one rasteriser for all tests that do not change its state: a start takes longer than such a test. */
async function openShared(context: TestContext): Promise<ProcessRasterizer> {
  shared ??= open(context);
  return shared;
}

afterAll(async () => (await shared)?.close());

/** Returns the process id; never 0, which would signal the whole process group. */
function pidOf({ pid }: ProcessRasterizer): number {
  if (pid === undefined) throw new Error("there is no GPU process");
  return pid;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.concurrent("frames, warnings and errors equal the CPU's, and frames name their adapter", async (context) => {
  const rasterizer = await openShared(context);
  expect(rasterizer.info).toMatchObject({
    backend: "webgpu",
    adapter: expect.stringContaining("llvmpipe"),
  });
  for (let seed = 0; seed < 50; seed++) {
    const { source, ...options } = randomProgram(seed);
    const into = new Uint8ClampedArray(options.width * options.height * 4);
    const frame = await rasterizer.render(source, { ...options, into });
    assertSameFrame(frame, renderProgram(source, options), `seed ${seed}`);
    expect(frame.data).toBe(into);
    expect(frame.info).toEqual(rasterizer.info);
  }
  const warnings: string[] = [];
  await rasterizer.render("TXT 0 0 \u{1f600}", { onWarning: ({ code }) => warnings.push(code) });
  expect(warnings).toEqual(["RASTER_NO_GLYPH"]);
  await expect(rasterizer.render("NOPE")).rejects.toMatchObject({ code: "PXL_UNKNOWN_OPCODE" });
  await expect(rasterizer.render("", { width: 0 })).rejects.toMatchObject({ code: "RASTER_BAD_CANVAS" });
  const short = new Uint8ClampedArray(3);
  await expect(rasterizer.render("", { into: short })).rejects.toMatchObject({ code: "RASTER_BAD_BUFFER" });
});

test.concurrent("the frames of an animation equal the CPU's", async (context) => {
  const rasterizer = await openShared(context);
  const source = "CANVAS 30 9\nFRAMES 4 40\nRECT frame 0 3 {frame + 1}";
  const into = new Uint8ClampedArray(30 * 9 * 4);
  let number = 0;
  for await (const frame of rasterizer.renderFrames(source, { into })) {
    expect(frame.data).toBe(into);
    expect(frame).toMatchObject({ info: rasterizer.info, animation: { frames: 4, delayMs: 40 } });
    assertSameFrame(frame, renderProgram(source, { frame: number }), `frame ${number++}`);
  }
  expect(number).toBe(4);
  const tooMany = rasterizer.renderFrames("FRAMES 1001 40")[Symbol.asyncIterator]();
  await expect(tooMany.next()).rejects.toMatchObject({ code: "RASTER_LIMIT_FRAMES" });
});

test("without a free descriptor, the start fails and the caller goes on", async () => {
  const file = new URL("support/no-descriptors.ts", import.meta.url);
  const wrapper = ["sh", "-c", 'ulimit -n 80; exec "$0" "$@"'];
  expect(await runNode(file, [], { wrapper })).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^RasterError: .*the GPU process died: Error: spawn .* EMFILE\n$/),
    stderr: "",
  });
});

test(`killed ${KILLS} times under load, it loses no frame and changes no byte`, async (context) => {
  const events: ProcessEvent[] = [];
  await using rasterizer = disposable(
    await open(context, { restartDelayMs: () => 0, onEvent: (event) => events.push(event) }),
  );
  const drawn = { cpu: 0, webgpu: 0 };
  const load = new AbortController();
  const client = async (first: number) => {
    for (let seed = first; !load.signal.aborted; seed += 4) {
      const { source, ...options } = randomProgram(seed, { sides: [64, 500, 1000] });
      const frame = await rasterizer.render(source, options);
      assertSameFrame(frame, renderProgram(source, options), `seed ${seed}`);
      drawn[frame.info.backend]++;
      // The CPU renders without waiting: let the other clients run.
      await new Promise((resolve) => setTimeout(resolve, frame.info.backend === "cpu" ? 5 : 0));
    }
  };
  const clients = [0, 1, 2, 3].map(client);
  const more = (kind: keyof typeof drawn) => {
    const before = drawn[kind];
    return vi.waitUntil(() => drawn[kind] > before, { timeout: 120_000 });
  };
  let killed: number | undefined;
  for (let kill = 0; kill < KILLS; kill++) {
    await vi.waitUntil(() => rasterizer.pid !== undefined && rasterizer.pid !== killed, { timeout: 120_000 });
    await more("webgpu");
    await new Promise((resolve) => setTimeout(resolve, 7 * kill));
    killed = pidOf(rasterizer);
    process.kill(killed, kill % 2 === 0 ? "SIGSEGV" : "SIGKILL");
    await more("cpu");
  }
  load.abort();
  await Promise.all(clients);
  console.log(`${KILLS} kills: ${drawn.webgpu} frames by the adapter, ${drawn.cpu} by the CPU, all equal`);
  expect(drawn.cpu).toBeGreaterThanOrEqual(KILLS);
  expect(drawn.webgpu).toBeGreaterThanOrEqual(KILLS);
  expect(events.filter(({ type }) => type === "died")).toHaveLength(KILLS);
});

test.concurrent("a process that hangs is killed, and the CPU renders the frame", async (context) => {
  const events: ProcessEvent[] = [];
  await using rasterizer = disposable(
    await open(context, { timeoutMs: 300, onEvent: (event) => events.push(event) }),
  );
  process.kill(pidOf(rasterizer), "SIGSTOP");
  const frame = await rasterizer.render("RECT 1 1 2 2");
  expect(frame.info).toEqual(cpu.info);
  expect(events.at(-1)).toMatchObject({ type: "died", reason: "no answer within 300 ms", restartInMs: 100 });
  expect(rasterizer.info).toEqual(cpu.info);
});

test.concurrent("starting has a timeout of its own", async (context) => {
  // Far less than any start takes: `timeoutMs` does not apply to the start.
  await using rasterizer = disposable(await open(context, { timeoutMs: 1 }));
  expect(rasterizer.info.backend).toBe("webgpu");
  await expect(open(context, { startTimeoutMs: 1 })).rejects.toMatchObject({
    code: "RASTER_BACKEND",
    message: "the GPU process died: no answer within 1 ms",
  });
});

test.concurrent("a signal aborts the start", async (context) => {
  const signal = AbortSignal.timeout(50);
  await expect(open(context, { signal })).rejects.toMatchObject({ name: "TimeoutError" });
  await expect(open(context, { signal })).rejects.toMatchObject({ name: "TimeoutError" });
});

test.concurrent("hardwareOnly refuses software adapters", async (context) => {
  await expect(open(context, { hardwareOnly: true })).rejects.toMatchObject({
    code: "RASTER_NO_ADAPTER",
    message: expect.stringMatching(/llvmpipe.*, is software$/),
  });
});

test.concurrent("signals to the process group do not end the GPU process", async (context) => {
  const rasterizer = await openShared(context);
  const pid = pidOf(rasterizer);
  for (const signal of SIGNALS) process.kill(pid, signal);
  expect((await rasterizer.render("")).info.backend).toBe("webgpu");
  expect(rasterizer.pid).toBe(pid);
});

test.concurrent("canvases below minPixels are rendered by the CPU", async (context) => {
  await using rasterizer = disposable(await open(context, { minPixels: 128 * 64 + 1 }));
  expect((await rasterizer.render("")).info.backend).toBe("cpu");
  expect((await rasterizer.render("", { width: 129 })).info.backend).toBe("webgpu");
});

test.concurrent("programs that paint less than minLayers, or are too long to tell, are rendered by the CPU", async (context) => {
  await using rasterizer = disposable(await open(context, { minLayers: 2 }));
  const backendOf = async (source: string, options: RenderOptions = {}) =>
    (await rasterizer.render(source, options)).info.backend;
  const layer = "RECT 0 0 128 64\n";
  expect(await backendOf(layer)).toBe("cpu");
  expect(await backendOf(`${layer}RECT 0 0 128 63`)).toBe("cpu");
  expect(await backendOf(layer.repeat(2))).toBe("webgpu");
  expect(await backendOf("PARAM h 64\nRECT 0 0 128 {h}\nRECT 0 0 128 64", { params: { h: 63 } })).toBe("cpu");
  const long = `${layer.repeat(2)}# ${"long ".repeat(60_000)}`;
  expect(await backendOf(long)).toBe("cpu");
  expect(await backendOf("CLIP\n".repeat(16_385) + layer.repeat(2))).toBe("cpu");
  await expect(backendOf("NOPE")).rejects.toMatchObject({ code: "PXL_UNKNOWN_OPCODE" });
});

test.concurrent("a signal aborts a render", async (context) => {
  const rasterizer = await openShared(context);
  const signal = AbortSignal.timeout(1);
  const heavy = "RECT 0 0 4000 4000\n".repeat(200_000);
  const render = rasterizer.render(heavy, { width: 20, height: 20, signal });
  await expect(render).rejects.toMatchObject({ name: "TimeoutError" });
  await expect(rasterizer.render("", { signal })).rejects.toMatchObject({ name: "TimeoutError" });
  expect((await rasterizer.render("")).info.backend).toBe("webgpu");
});

test.concurrent("closing kills a process that hangs without pending frames", async (context) => {
  const rasterizer = await open(context);
  const pid = pidOf(rasterizer);
  process.kill(pid, "SIGSTOP");
  await rasterizer.close();
  expect(isAlive(pid)).toBe(false);
});

test.concurrent("closing finishes the frames in progress, then ends the process", async (context) => {
  const rasterizer = await open(context);
  const pid = pidOf(rasterizer);
  const frame = rasterizer.render("RECT 0 0 9 9", { width: 1000, height: 1000 });
  const closing = rasterizer.close();
  await expect(rasterizer.render("")).rejects.toMatchObject({ code: "RASTER_CLOSED" });
  await closing;
  expect((await frame).info.backend).toBe("webgpu");
  expect(isAlive(pid)).toBe(false);
  await rasterizer.close();
});

test.concurrent("an idle GPU process does not keep its parent alive, and ends with it", async (context) => {
  const env = requireDriver(context, "lavapipe");
  const { pid } = (await outcomeOf("scenarios.ts", env, ["idleProcess"])) as { pid: number };
  await vi.waitUntil(() => !isAlive(pid), { timeout: 20_000 });
});

describe("restarts", () => {
  test("back off, and pause for ten minutes after three deaths within a minute", () => {
    const deaths = new RecentDeaths();
    const delays = [0, 10, 20, 70_000, 75_000, 140_000].map((now) => restartDelayMs(deaths.add(now)));
    expect(delays).toEqual([100, 200, 600_000, 100, 200, 100]);
  });
});

function disposable<T extends { close(): Promise<void> }>(thing: T): T & AsyncDisposable {
  return Object.assign(thing, { [Symbol.asyncDispose]: () => thing.close() });
}
