import { existsSync, readFileSync } from "node:fs";
import { createFileSocketClient, type FileSocketClient } from "@gvpie/file-socket";
import { renderProgram } from "@gvpie/raster-cpu";
import { AUTO_MIN_PIXELS } from "@gvpie/raster-webgpu";
import { assertSameFrame, randomProgram } from "@gvpie/raster/conformance";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { noDriver, requireDriver, type DriverName } from "@gvpie/testing/gpu-drivers";
import { serve, startDaemon, temporaryPath, type Daemon } from "./daemon.ts";

// Much may run at the same time.
vi.setConfig({ testTimeout: 240_000 });

const PATIENCE = { timeoutMs: 60_000 };
const ADAPTERS: Readonly<Record<DriverName, RegExp>> = {
  swiftshader: /^SwiftShader .*, software$/,
  lavapipe: /^llvmpipe .*, software$/,
};

function connect(dir: string): FileSocketClient {
  const client = createFileSocketClient({ dir });
  onTestFinished(() => client.close());
  return client;
}

/** The processes that it started. */
function childrenOf({ child: { pid } }: Daemon): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

/** The one that draws. It is awaited, as it may be about to start again. */
async function gpuOf(daemon: Daemon, except?: number): Promise<number> {
  const isNew = () => childrenOf(daemon).find((pid) => pid !== except);
  return (await vi.waitUntil(isNew, { timeout: 60_000 })) ?? 0;
}

describe("--backend webgpu", () => {
  test.for(["swiftshader", "lavapipe"] as const)("draws every frame on %s", async (driver, context) => {
    const env = requireDriver(context, driver);
    const dir = temporaryPath();
    const daemon = await serve(dir, ["--backend", "webgpu"], env);
    expect(daemon.log()).toMatch(/rendering on webgpu, adapter (SwiftShader|llvmpipe) .*, software\n/);
    const client = connect(dir);
    for (let seed = 0; seed < 20; seed += 1) {
      const { source, width, height, background, params } = randomProgram(seed);
      const options = { width, height, background, params };
      const reply = await client.render(source, { ...options, ...PATIENCE });
      expect(reply).toMatchObject({
        backend: "webgpu",
        adapter: expect.stringMatching(ADAPTERS[driver]) as unknown,
      });
      assertSameFrame(reply, renderProgram(source, options), `program ${seed}`);
    }
    await expect(client.render("SET a 1\nDIV a 0", PATIENCE)).rejects.toMatchObject({
      code: "FSOCK_BAD_PROGRAM",
      replyCode: "RASTER_DIVISION_BY_ZERO",
      diagnostics: [{ line: 2, column: 1 }],
    });
    // However the daemon ends, the GPU process ends with it.
    const gpu = await gpuOf(daemon);
    daemon.child.kill("SIGKILL");
    await vi.waitUntil(() => !existsSync(`/proc/${gpu}`), { timeout: 60_000 });
  });

  test("takes the adapter whose name holds the one given", async (context) => {
    const env = requireDriver(context, "lavapipe");
    await serve(temporaryPath(), ["--backend", "webgpu", "--adapter", "LLVMPIPE"], env);
    const args = ["--backend", "webgpu", "--adapter", "nonesuch", "--dir", temporaryPath()];
    const { code, stderr } = await startDaemon(args, env).ended;
    expect(code).toBe(78);
    expect(stderr).toMatch(/FATAL: expected a WebGPU adapter named "nonesuch", found: llvmpipe /);
  });

  test("does not start without an adapter, and names what to install", async () => {
    const { code, stdout, stderr } = await startDaemon(
      ["--backend", "webgpu", "--dir", temporaryPath()],
      noDriver(),
    ).ended;
    expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
    expect(stderr).toMatch(/FATAL: there is no WebGPU adapter: install .*mesa-vulkan-drivers/);
    expect(stderr).not.toContain("    at ");
  });

  test("the GPU process dies three times: nothing is lost, no byte is wrong, then the CPU draws", async (context) => {
    const dir = temporaryPath();
    const daemon = await serve(dir, ["--backend", "webgpu"], requireDriver(context, "lavapipe"));
    const over = new AbortController();
    const drawn: Record<string, number> = { cpu: 0, webgpu: 0 };
    const load = [0, 1, 2].map(async (first) => {
      const client = connect(dir);
      for (let seed = first; !over.signal.aborted; seed += 3) {
        const { source, width, height, background, params } = randomProgram(seed, { sides: [64, 300] });
        const options = { width, height, background, params };
        const reply = await client.render(source, { ...options, ...PATIENCE });
        assertSameFrame(reply, renderProgram(source, options), `program ${seed}`);
        drawn[reply.backend] = (drawn[reply.backend] ?? 0) + 1;
      }
    });
    const loaded = Promise.all(load);
    const more = async (backend: string) => {
      const enough = (drawn[backend] ?? 0) + 5;
      await Promise.race([loaded, vi.waitUntil(() => (drawn[backend] ?? 0) > enough, { timeout: 60_000 })]);
    };
    let pid: number | undefined;
    for (const restartInMs of [100, 200, 600_000]) {
      pid = await gpuOf(daemon, pid);
      await more("webgpu");
      process.kill(pid, restartInMs === 200 ? "SIGKILL" : "SIGSEGV");
      await daemon.says(`rendering on cpu, restarting it in ${restartInMs} ms`);
      await more("cpu");
    }
    over.abort();
    await loaded;
    expect(childrenOf(daemon)).toEqual([]);
    daemon.child.kill("SIGTERM");
    expect(await daemon.ended).toMatchObject({ code: 0 });
  });

  test("ends soon when asked to, whatever the GPU process does", async (context) => {
    const env = requireDriver(context, "lavapipe");
    const starting = startDaemon(["--backend", "webgpu", "--dir", temporaryPath()], env);
    const hanging = await serve(temporaryPath(), ["--backend", "webgpu"], env);
    const pids = [await gpuOf(hanging), await gpuOf(starting)];
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    for (const { child, ended } of [starting, hanging]) {
      child.kill("SIGTERM");
      expect(await ended).toMatchObject({ code: 0 });
    }
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});

describe("--backend auto", () => {
  test("the README names the smallest frame that a graphics card gets", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    expect(readme).toContain(`frames of ${AUTO_MIN_PIXELS.toLocaleString("en")} pixels or more`);
  });

  test.for([
    { name: "no adapter", says: /rendering on cpu only: there is no WebGPU adapter: install / },
    {
      name: "software only",
      says: /rendering on cpu only: there is no graphics card: .*llvmpipe.* is software/,
    },
  ])("draws on the CPU with $name, and says so", async ({ name, says }, context) => {
    const env = name === "no adapter" ? noDriver() : requireDriver(context, "lavapipe");
    const dir = temporaryPath();
    const daemon = await serve(dir, ["--backend", "auto"], env);
    expect(daemon.log()).toContain("rendering on cpu, adapter cpu\n");
    await daemon.says("rendering on cpu only: ");
    expect(daemon.log()).toMatch(says);
    const size = { width: 2100, height: 2100 };
    const reply = await connect(dir).render("RECT 3 3 2000 1", { ...size, ...PATIENCE });
    expect(reply).toMatchObject({ backend: "cpu", adapter: "cpu" });
    assertSameFrame(reply, renderProgram("RECT 3 3 2000 1", size), "a large frame");
    await vi.waitUntil(() => childrenOf(daemon).length === 0, { timeout: 60_000 });
  });

  test("ends at once while it looks for a graphics card", async () => {
    const daemon = await serve(temporaryPath(), ["--backend", "auto"], noDriver());
    daemon.child.kill("SIGTERM");
    expect(await daemon.ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("stopped") as unknown,
    });
  });
});
