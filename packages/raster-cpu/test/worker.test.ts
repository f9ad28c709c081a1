import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";

import { parseProgram, PxlError } from "@gvpie/pxl-parser";
import { RasterError } from "@gvpie/raster";
import { assertConforms, assertSameFrame, randomProgram, rasterCases } from "@gvpie/raster/conformance";
import { renderProgram } from "@gvpie/raster-cpu";
import { createWorkerRasterizer, type WorkerRasterizer } from "@gvpie/raster-cpu/worker";
import { runProcess } from "@gvpie/testing";
import { afterAll, describe, expect, test } from "vitest";

/** Takes a tenth of a second or more to render, within the default limits. */
const HEAVY = "RECT 0 0 2048 1\nTXT 0 0 i\n".repeat(400_000);
const HEAVY_CANVAS = { width: 2048, height: 2048 };

const open: WorkerRasterizer[] = [];
function create(threads?: number): WorkerRasterizer {
  const raster = createWorkerRasterizer({ threads });
  open.push(raster);
  return raster;
}
afterAll(() => Promise.all(open.map((raster) => raster.close())));

describe("the worker conforms", () => {
  const raster = create();
  test.each(rasterCases)("$name", (c) => assertConforms(raster, c));
});

test("concurrent renders on several threads get their own frames", async () => {
  const raster = create(3);
  await Promise.all(
    Array.from({ length: 60 }, async (_, seed) => {
      const { source, ...options } = randomProgram(seed);
      assertSameFrame(await raster.render(source, options), renderProgram(source, options), `seed ${seed}`);
    }),
  );
});

test("renders a parsed program", async () => {
  const program = parseProgram("TXT 1 1 hi\nHALT");
  expect(await create().render(program)).toEqual(renderProgram(program));
});

test("a reused buffer holds each frame in turn", async () => {
  const raster = create();
  const into = new Uint8ClampedArray(16 * 9 * 4);
  for (const text of ["a", "b", "c", "d"]) {
    const source = `TXT 1 1 ${text}`;
    const frame = await raster.render(source, { width: 16, height: 9, into });
    expect(frame.data).toBe(into);
    expect(frame).toEqual(renderProgram(source, { width: 16, height: 9 }));
  }
  await expect(raster.render("", { width: 8, height: 9, into })).rejects.toMatchObject({
    code: "RASTER_BAD_BUFFER",
  });
});

describe("errors have the class and fields of the thrown ones", () => {
  const raster = create();

  test("an invalid program", async () => {
    const error = await raster.render("RECT 1\nNOPE").catch((error: unknown) => error);
    expect(error).toBeInstanceOf(PxlError);
    expect((error as PxlError).diagnostics).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: "PXL_UNKNOWN_OPCODE", line: 2, column: 1 })]),
    );
  });

  test("an exceeded limit, with its cause", async () => {
    const error = await raster
      .render("HALT\nHALT", { limits: { instructions: 1 } })
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RasterError);
    expect(error).toMatchObject({ code: "RASTER_LIMIT_INSTRUCTIONS", cause: expect.any(PxlError) });
  });

  test("an invalid argument", async () => {
    await expect(raster.render("", { limits: { pixels: -1 } })).rejects.toThrow(RangeError);
    await expect(raster.render("", { width: Symbol("w") as unknown as number })).rejects.toThrow(
      "got a symbol",
    );
    expect((await raster.render("")).width).toBe(128);
  });

  test.each([0, 65, 1.5, Number.NaN])("%d threads", (threads) => {
    expect(() => createWorkerRasterizer({ threads })).toThrow(RangeError);
  });
});

test("warnings are reported before the promise resolves", async () => {
  const lines: number[] = [];
  await create().render("TXT 0 0 \u{8a9e}\nTXT 0 0 \u{8a9e}", { onWarning: ({ line }) => lines.push(line) });
  expect(lines).toEqual([1, 2]);
});

describe("a signal", () => {
  test("aborted before the render rejects it with its reason", async () => {
    const signal = AbortSignal.abort(new Error("too late"));
    await expect(create().render("", { signal })).rejects.toThrow("too late");
  });

  test("ends a render in progress, and the next one works", async () => {
    const raster = create();
    await raster.render("");
    const started = performance.now();
    const signal = AbortSignal.timeout(20);
    await expect(raster.render(HEAVY, { ...HEAVY_CANVAS, signal })).rejects.toMatchObject({
      name: "TimeoutError",
    });
    expect(performance.now() - started).toBeLessThan(1000);
    expect(await raster.render("TXT 1 1 hi")).toEqual(renderProgram("TXT 1 1 hi"));
  });

  test("removes a waiting render from the queue, and no other", async () => {
    const raster = create();
    const controller = new AbortController();
    const first = raster.render("TXT 1 1 a");
    const second = raster.render("TXT 1 1 b", { signal: controller.signal });
    const third = raster.render("TXT 1 1 c");
    controller.abort(new Error("never mind"));
    await expect(second).rejects.toThrow("never mind");
    expect(await first).toEqual(renderProgram("TXT 1 1 a"));
    expect(await third).toEqual(renderProgram("TXT 1 1 c"));
  });

  test("aborted after the render has no effect", async () => {
    const raster = create();
    const controller = new AbortController();
    await raster.render("", { signal: controller.signal });
    controller.abort();
    expect((await raster.render("")).height).toBe(64);
  });
});

describe("a thread that dies", () => {
  test("rejects its render, and the next render has a new thread", async () => {
    const raster = create();
    const starting = once(process, "worker") as Promise<[Worker]>;
    const render = raster.render(HEAVY, HEAVY_CANVAS);
    const [worker] = await starting;
    worker.once("online", () => void worker.terminate());
    await expect(render).rejects.toMatchObject({
      code: "RASTER_BACKEND",
      message: "the worker thread ended with code 1 before its reply",
    });
    expect(await raster.render("TXT 1 1 hi")).toEqual(renderProgram("TXT 1 1 hi"));
  });

  test("out of memory rejects with RASTER_OUT_OF_MEMORY, and the process continues", async () => {
    const { stdout, status } = await runScript(
      `const raster = createWorkerRasterizer();
      const error = await raster.render("RECT 1 1 1 1\\n".repeat(900_000)).catch((error) => error);
      console.log(error.code, (await raster.render("")).width);`,
      ["--max-old-space-size=40"],
    );
    expect({ stdout, status }).toEqual({ stdout: "RASTER_OUT_OF_MEMORY 128\n", status: 0 });
  });
});

describe("close", () => {
  test("finishes accepted renders, rejects new ones, and may be called twice", async () => {
    const raster = create();
    const renders = ["a", "b", "c"].map((text) => raster.render(`TXT 1 1 ${text}`));
    const closed = raster.close();
    await expect(raster.render("")).rejects.toMatchObject({ code: "RASTER_CLOSED" });
    await closed;
    await raster.close();
    expect(await Promise.all(renders)).toEqual(
      ["a", "b", "c"].map((text) => renderProgram(`TXT 1 1 ${text}`)),
    );
  });

  test("is not needed for the process to exit", async () => {
    const outcome = await runScript(
      `const frame = await createWorkerRasterizer().render("TXT 1 1 hi");
      console.log(frame.data.length);`,
    );
    expect(outcome).toEqual({ stdout: "32768\n", stderr: "", status: 0 });
  });
});

/** Runs a script in another process, on live sources. */
async function runScript(body: string, flags: string[] = []) {
  const script = `import { createWorkerRasterizer } from "@gvpie/raster-cpu/worker";\n${body}`;
  const { stdout, stderr, status } = await runProcess(
    process.execPath,
    ["--conditions=@gvpie/source", ...flags, "--input-type=module", "--eval", script],
    { cwd: fileURLToPath(new URL("..", import.meta.url)) },
  );
  return { stdout, stderr, status };
}
