import { createCpuRasterizer, renderProgram } from "@gvpie/raster-cpu";
import {
  createProcessRasterizer,
  type ProcessEvent,
  type ProcessRasterizerOptions,
} from "@gvpie/raster-webgpu/process";
import { assertSameFrame, randomProgram } from "@gvpie/raster/conformance";
import { afterEach, describe, expect, test, type TestContext, vi } from "vitest";

import { DeathCount, restartDelayMs } from "../src/process/restart.ts";
import { lastLine, noDriver, requireDriver, runNode } from "./drivers.ts";

const cpu = createCpuRasterizer();

/** The process inherits the environment. */
async function open(context: TestContext, options: Partial<ProcessRasterizerOptions> = {}) {
  setEnvironment(requireDriver(context, "swiftshader"));
  return createProcessRasterizer({ cpu, ...options });
}

function setEnvironment(env: NodeJS.ProcessEnv): void {
  for (const name of ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "LD_LIBRARY_PATH", "XDG_RUNTIME_DIR"]) {
    vi.stubEnv(name, env[name]);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

afterEach(() => {
  vi.unstubAllEnvs();
});

test("frames, warnings and errors are those of the CPU, and frames say what drew them", async (context) => {
  await using rasterizer = disposable(await open(context));
  expect(rasterizer.info).toMatchObject({
    backend: "webgpu",
    adapter: expect.stringContaining("SwiftShader"),
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

test(
  "killed 20 times under load, no frame is lost and no byte wrong",
  { timeout: 120_000 },
  async (context) => {
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
        // The CPU renders at once; others must have their turn.
        await new Promise((resolve) => setTimeout(resolve, frame.info.backend === "cpu" ? 5 : 0));
      }
    };
    const clients = [0, 1, 2, 3].map(client);
    for (let kill = 0; kill < 20; kill++) {
      const { pid } = await vi.waitUntil(() => rasterizer.pid !== undefined && rasterizer, {
        timeout: 20_000,
      });
      await new Promise((resolve) => setTimeout(resolve, 20 + 7 * kill));
      process.kill(pid ?? 0, kill % 2 === 0 ? "SIGSEGV" : "SIGKILL");
      await vi.waitUntil(() => rasterizer.pid !== pid);
    }
    load.abort();
    await Promise.all(clients);
    console.log(`20 kills: ${drawn.webgpu} frames by the adapter, ${drawn.cpu} by the CPU, all right`);
    expect(drawn.cpu).toBeGreaterThan(20);
    expect(drawn.webgpu).toBeGreaterThan(20);
    expect(events.filter(({ type }) => type === "died")).toHaveLength(20);
  },
);

test("a process that hangs is killed, and the CPU renders", async (context) => {
  const events: ProcessEvent[] = [];
  await using rasterizer = disposable(
    await open(context, { timeoutMs: 2000, onEvent: (event) => events.push(event) }),
  );
  process.kill(rasterizer.pid ?? 0, "SIGSTOP");
  const frame = await rasterizer.render("RECT 1 1 2 2");
  expect(frame.info).toEqual(cpu.info);
  expect(events.at(-1)).toMatchObject({ type: "died", reason: "no answer within 2000 ms", restartInMs: 100 });
  expect(rasterizer.info).toEqual(cpu.info);
});

test("small canvases stay with the CPU where that is asked for", async (context) => {
  await using rasterizer = disposable(await open(context, { minPixels: 128 * 64 + 1 }));
  expect((await rasterizer.render("")).info.backend).toBe("cpu");
  expect((await rasterizer.render("", { width: 129 })).info.backend).toBe("webgpu");
});

test("a frame can be given up", async (context) => {
  await using rasterizer = disposable(await open(context));
  const signal = AbortSignal.timeout(1);
  const heavy = "RECT 0 0 4000 4000\n".repeat(20_000);
  const render = rasterizer.render(heavy, { width: 200, height: 200, signal });
  await expect(render).rejects.toMatchObject({ name: "TimeoutError" });
  await expect(rasterizer.render("", { signal })).rejects.toMatchObject({ name: "TimeoutError" });
  expect((await rasterizer.render("")).info.backend).toBe("webgpu");
});

test("closing finishes the frames in hand, then ends the process", async (context) => {
  const rasterizer = await open(context);
  const { pid = 0 } = rasterizer;
  const frame = rasterizer.render("RECT 0 0 9 9", { width: 1000, height: 1000 });
  const closing = rasterizer.close();
  await expect(rasterizer.render("")).rejects.toMatchObject({ code: "RASTER_CLOSED" });
  await closing;
  expect((await frame).info.backend).toBe("webgpu");
  expect(isAlive(pid)).toBe(false);
  await rasterizer.close();
});

test("an idle process keeps nobody alive, and ends with who started it", async (context) => {
  const ended = await runNode("./scenarios.ts", requireDriver(context, "swiftshader"), ["idleProcess"]);
  const { pid, at } = lastLine(ended) as { pid: number; at: number };
  expect(ended.endedAt - at).toBeLessThan(1000);
  await vi.waitUntil(() => !isAlive(pid), { timeout: 2000 });
});

test("without an adapter it says so", async () => {
  setEnvironment(noDriver());
  const message = expect.stringContaining("install");
  await expect(createProcessRasterizer({ cpu })).rejects.toMatchObject({
    code: "RASTER_NO_ADAPTER",
    message,
  });
});

describe("restarts", () => {
  test("back off, and pause for ten minutes after three deaths in a minute", () => {
    const deaths = new DeathCount();
    const delays = [0, 10, 20, 70_000, 75_000, 140_000].map((now) => restartDelayMs(deaths.add(now)));
    expect(delays).toEqual([100, 200, 600_000, 100, 200, 100]);
  });
});

function disposable<T extends { close(): Promise<void> }>(thing: T): T & AsyncDisposable {
  return Object.assign(thing, { [Symbol.asyncDispose]: () => thing.close() });
}
