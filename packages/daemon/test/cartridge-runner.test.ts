// Cartridge scripts and their threads, with real files and real threads.

import { encodeAnimation, encodeCartridge } from "@gvpie/cartridge";
import { createCartridgeRunner, type Runner, type RunResult } from "@gvpie/daemon";
import type { Rasterizer } from "@gvpie/raster";
import { createCpuRasterizer, renderFrames, renderProgram } from "@gvpie/raster-cpu";
import { runProcess } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const PROGRAM = "TXT 1 1 A\n";
const png = await encodeCartridge(renderProgram(PROGRAM), { program: PROGRAM, language: "1" });
const cpu = createCpuRasterizer();

/** The threads that were started during the test. */
const threads: Worker[] = [];
const addThread = (worker: Worker) => void threads.push(worker);
beforeEach(() => void process.on("worker", addThread));
afterEach(() => {
  process.off("worker", addThread);
  for (const thread of threads.splice(0)) void thread.terminate();
});

function urlOf(bytes: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`;
}

/** A rasteriser whose renders wait until the test lets them go on. */
function gatedRasterizer(): { rasterizer: Rasterizer; open: () => void; waiting: Promise<void> } {
  const gate = Promise.withResolvers<void>();
  const waiting = Promise.withResolvers<void>();
  const render: Rasterizer["render"] = async (program, options) => {
    waiting.resolve();
    await gate.promise;
    return cpu.render(program, options);
  };
  return { rasterizer: { ...cpu, render }, open: gate.resolve, waiting: waiting.promise };
}

function run(runner: Runner, code: string, signal = new AbortController().signal): Promise<RunResult> {
  const script = { id: 1, name: "a", lang: "cartridge" as const, code };
  const options = {} as Parameters<Runner["run"]>[0]["options"];
  return runner.run(
    { ...script, options },
    { signal, patienceMs: 0, waiting: () => {}, holdSlot: () => {}, timeLeftMs: () => 60_000 },
  );
}

describe("a cartridge script never holds the loop: it is decoded and verified in a thread", () => {
  test("one thread serves one run after another, failures included", async () => {
    const runner = createCartridgeRunner({ rasterizer: cpu });
    const path = join(temporaryDirectory(), "a.png");
    writeFileSync(path, png);
    const other = await encodeCartridge(renderProgram(PROGRAM), { program: "HALT\n", language: "1" });
    expect((await run(runner, path)).drawing).toMatchObject({
      frame: renderProgram(PROGRAM),
      program: PROGRAM,
      backend: "cpu",
    });
    await expect(run(runner, urlOf(other))).rejects.toMatchObject({ code: "CARTRIDGE_UNVERIFIED" });
    await expect(run(runner, urlOf(png.subarray(0, -9)))).rejects.toMatchObject({
      name: "CartridgeError",
      code: "CARTRIDGE_TRUNCATED",
    });
    expect((await run(runner, urlOf(png))).stdout).toBe("verified 128×64 pixels");
    expect(threads).toHaveLength(1);
  });

  test("every frame of an animation is verified", async () => {
    const program = "FRAMES 3 50\nPIX frame 1\n";
    const animated = await encodeAnimation(renderFrames(program), { program, language: "2" });
    const { drawing } = await run(createCartridgeRunner({ rasterizer: cpu }), urlOf(animated));
    expect([drawing?.program, drawing?.frame.data]).toEqual([program, renderProgram(program).data]);
  });

  test("runs at the same time do not wait for each other, and leave one thread", async () => {
    const { rasterizer, open, waiting } = gatedRasterizer();
    const runner = createCartridgeRunner({ rasterizer });
    const first = run(runner, urlOf(png));
    await waiting;
    // Needs no rasteriser, so it ends while the first run waits for its own.
    await expect(run(runner, urlOf(png.subarray(0, -9)))).rejects.toThrow(/the end of the file/);
    open();
    expect((await first).stdout).toBe("verified 128×64 pixels");
    expect(threads).toHaveLength(2);
    expect((await run(runner, urlOf(png))).stdout).toBe("verified 128×64 pixels");
    expect(threads).toHaveLength(2);
  });

  test("the limits of the render follow from the picture", async () => {
    let limits: unknown;
    const render: Rasterizer["render"] = (program, options) => {
      limits = options?.limits;
      return cpu.render(program, options);
    };
    await run(createCartridgeRunner({ rasterizer: { ...cpu, render } }), urlOf(png));
    expect(limits).toMatchObject({ commands: 250_000, fuel: 1_000_000 });
  });

  test("an aborted run ends with the signal's reason, and the next one has another thread", async () => {
    const { rasterizer, waiting } = gatedRasterizer();
    const runner = createCartridgeRunner({ rasterizer });
    const controller = new AbortController();
    const running = run(runner, urlOf(png), controller.signal);
    await waiting;
    const reason = new Error("RUN_TIMEOUT");
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(run(runner, urlOf(png), AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(run(runner, urlOf(png.subarray(0, -9)))).rejects.toMatchObject({
      code: "CARTRIDGE_TRUNCATED",
    });
    expect(threads).toHaveLength(2);
  });

  test("a thread that dies fails its run alone", async () => {
    const { rasterizer, open, waiting } = gatedRasterizer();
    const runner = createCartridgeRunner({ rasterizer });
    const running = run(runner, urlOf(png));
    await waiting;
    await threads[0]?.terminate();
    await expect(running).rejects.toMatchObject({ code: "CARTRIDGE_RENDER_FAILED" });
    open();
    expect((await run(runner, urlOf(png))).stdout).toBe("verified 128×64 pixels");
  });

  test("an idle thread does not keep the process alive", async () => {
    const script = `
      import { createCartridgeRunner } from "@gvpie/daemon";
      import { createCpuRasterizer } from "@gvpie/raster-cpu";
      const runner = createCartridgeRunner({ rasterizer: createCpuRasterizer() });
      const { signal } = new AbortController();
      const { stdout } = await runner.run({ code: ${JSON.stringify(urlOf(png))} }, { signal });
      console.log(stdout);`;
    const { stdout, stderr, status } = await runProcess(
      process.execPath,
      ["--conditions=@gvpie/source", "--input-type=module", "--eval", script],
      { cwd: fileURLToPath(new URL("..", import.meta.url)) },
    );
    expect({ stdout, stderr, status }).toEqual({ stdout: "verified 128×64 pixels\n", stderr: "", status: 0 });
  });
});
