import { existsSync, readFileSync } from "node:fs";
import { renderProgram } from "@gvpie/raster-cpu";
import { AUTO_MIN_PIXELS } from "@gvpie/raster-webgpu";
import { assertSameFrame, randomProgram } from "@gvpie/raster/conformance";
import { type TestProcess, waitUntil } from "@gvpie/testing";
import { noDriver, requireDriver, type DriverName } from "@gvpie/testing/gpu-drivers";
import { describe, expect, test, vi } from "vitest";
import { connect, serve, sharedPath, startDaemon } from "./support/daemon.ts";

// Other test files may load the machine.
vi.setConfig({ testTimeout: 240_000 });

const TIMEOUT = { timeoutMs: 60_000 };
const ADAPTERS: Readonly<Record<DriverName, RegExp>> = {
  swiftshader: /^SwiftShader .*, software$/,
  lavapipe: /^llvmpipe .*, software$/,
};

/** The pids of the processes that the daemon started. */
function childrenOf({ pid }: TestProcess): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

/** The pid of the GPU process. Waits for it, because the daemon may be about to restart it. */
async function gpuOf(daemon: TestProcess, previous?: number): Promise<number> {
  return waitUntil(() => childrenOf(daemon).find((pid) => pid !== previous));
}

describe("--backend webgpu", () => {
  test.for(["swiftshader", "lavapipe"] as const)("renders every frame on %s", async (driver, context) => {
    const env = requireDriver(context, driver);
    const dir = sharedPath();
    const daemon = await serve(dir, ["--backend", "webgpu"], env);
    expect(daemon.stderr).toMatch(/rendering on webgpu, adapter (SwiftShader|llvmpipe) .*, software\n/);
    const client = connect(dir);
    for (let seed = 0; seed < 20; seed += 1) {
      const { source, width, height, background, params } = randomProgram(seed);
      const options = { width, height, background, params };
      const reply = await client.render(source, { ...options, ...TIMEOUT });
      expect(reply).toMatchObject({
        backend: "webgpu",
        adapter: expect.stringMatching(ADAPTERS[driver]) as unknown,
      });
      assertSameFrame(reply, renderProgram(source, options), `program ${seed}`);
    }
    await expect(client.render("SET a 1\nDIV a 0", TIMEOUT)).rejects.toMatchObject({
      code: "FSOCK_BAD_PROGRAM",
      replyCode: "RASTER_DIVISION_BY_ZERO",
      diagnostics: [{ line: 2, column: 1 }],
    });
    // The GPU process ends with the daemon, even if SIGKILL ended the daemon.
    const gpu = await gpuOf(daemon);
    daemon.signal("SIGKILL");
    await waitUntil(() => !existsSync(`/proc/${gpu}`));
  });

  test("--adapter selects an adapter by a part of its name", async (context) => {
    const env = requireDriver(context, "lavapipe");
    await serve(sharedPath(), ["--backend", "webgpu", "--adapter", "LLVMPIPE"], env);
    const args = ["--backend", "webgpu", "--adapter", "nonesuch", "--dir", sharedPath()];
    const { status, stderr } = await startDaemon(args, env).result();
    expect(status).toBe(78);
    expect(stderr).toMatch(/FATAL: expected a WebGPU adapter named "nonesuch", got llvmpipe /);
  });

  test("refuses to start without an adapter, and names the package to install", async () => {
    const { status, stdout, stderr } = await startDaemon(
      ["--backend", "webgpu", "--dir", sharedPath()],
      noDriver(),
    ).result();
    expect({ status, stdout }).toEqual({ status: 78, stdout: "" });
    expect(stderr).toMatch(/FATAL: there is no WebGPU adapter: install .*mesa-vulkan-drivers/);
    expect(stderr).not.toContain("    at ");
  });

  test("loses no frame and no byte when the GPU process dies three times, then renders on the CPU", async (context) => {
    const dir = sharedPath();
    const daemon = await serve(dir, ["--backend", "webgpu"], requireDriver(context, "lavapipe"));
    const over = new AbortController();
    const rendered: Record<string, number> = { cpu: 0, webgpu: 0 };
    const load = [0, 1, 2].map(async (first) => {
      const client = connect(dir);
      for (let seed = first; !over.signal.aborted; seed += 3) {
        const { source, width, height, background, params } = randomProgram(seed, { sides: [64, 300] });
        const options = { width, height, background, params };
        const reply = await client.render(source, { ...options, ...TIMEOUT });
        assertSameFrame(reply, renderProgram(source, options), `program ${seed}`);
        rendered[reply.backend] = (rendered[reply.backend] ?? 0) + 1;
      }
    });
    const loaded = Promise.all(load);
    const sixMoreOn = async (backend: string) => {
      const before = rendered[backend] ?? 0;
      await Promise.race([loaded, waitUntil(() => (rendered[backend] ?? 0) > before + 5)]);
    };
    let pid: number | undefined;
    for (const restartInMs of [100, 200, 600_000]) {
      pid = await gpuOf(daemon, pid);
      await sixMoreOn("webgpu");
      process.kill(pid, restartInMs === 200 ? "SIGKILL" : "SIGSEGV");
      await daemon.waitForLine(`rendering on cpu, restarting it in ${restartInMs} ms`);
      await sixMoreOn("cpu");
    }
    over.abort();
    await loaded;
    expect(childrenOf(daemon)).toEqual([]);
    daemon.signal("SIGTERM");
    expect(await daemon.result()).toMatchObject({ status: 0 });
  });

  test("SIGTERM ends a daemon whose GPU process hangs", async (context) => {
    const env = requireDriver(context, "lavapipe");
    const starting = startDaemon(["--backend", "webgpu", "--dir", sharedPath()], env);
    const hanging = await serve(sharedPath(), ["--backend", "webgpu"], env);
    const pids = [await gpuOf(hanging), await gpuOf(starting)];
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    for (const daemon of [starting, hanging]) expect(await daemon.kill("SIGTERM")).toBe(0);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});

describe("--backend auto", () => {
  test("the README states the size of the smallest frame that goes to a graphics card", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    expect(readme).toContain(`frames of ${AUTO_MIN_PIXELS.toLocaleString("en")} pixels or more`);
  });

  test.for([
    { name: "no adapter", says: /rendering on cpu only: there is no WebGPU adapter: install / },
    {
      name: "software only",
      says: /rendering on cpu only: there is no graphics card: .*llvmpipe.* is software/,
    },
  ])("renders on the CPU with $name, and logs the reason", async ({ name, says }, context) => {
    const env = name === "no adapter" ? noDriver() : requireDriver(context, "lavapipe");
    const dir = sharedPath();
    const daemon = await serve(dir, ["--backend", "auto"], env);
    expect(daemon.stderr).toContain("rendering on cpu, adapter cpu\n");
    await daemon.waitForLine("rendering on cpu only: ");
    expect(daemon.stderr).toMatch(says);
    const size = { width: 2100, height: 2100 };
    const reply = await connect(dir).render("RECT 3 3 2000 1", { ...size, ...TIMEOUT });
    expect(reply).toMatchObject({ backend: "cpu", adapter: "cpu" });
    assertSameFrame(reply, renderProgram("RECT 3 3 2000 1", size), "a large frame");
    await waitUntil(() => childrenOf(daemon).length === 0);
  });

  test("SIGTERM ends a daemon that is looking for a graphics card", async () => {
    const daemon = await serve(sharedPath(), ["--backend", "auto"], noDriver());
    daemon.signal("SIGTERM");
    expect(await daemon.result()).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("stopped") as unknown,
    });
  });
});
