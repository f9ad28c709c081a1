import { type Frame, type Rasterizer, type RenderOptions } from "@gvpie/raster";
import { createCpuRasterizer, renderFrames, renderProgram } from "@gvpie/raster-cpu";
import { createWorkerRasterizer } from "@gvpie/raster-cpu/worker";
import { afterAll, describe, expect, test } from "vitest";

/** A panel with a text that moves, in front of what stays. */
const SCROLLER = [
  "CANVAS 40 24 #012",
  "FRAMES 70 40",
  "PARAM text hello",
  "COLOR #f80",
  "BOX 0 0 40 24",
  "TXT 2 2 top",
  "COLOR white",
  "TXT {40 - frame} 12 {text}",
].join("\n");

const worker = createWorkerRasterizer();
afterAll(() => worker.close());

async function collect(frames: AsyncIterable<Frame>): Promise<Frame[]> {
  const all: Frame[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

describe.each<[string, Pick<Rasterizer, "renderFrames">]>([
  ["renderFrames", { renderFrames }],
  ["a rasteriser on the calling thread", createCpuRasterizer()],
  ["a rasteriser on a worker thread", worker],
])("%s", (_, rasterizer) => {
  test.each<[string, string, RenderOptions]>([
    ["a text that moves over a panel", SCROLLER, {}],
    ["options and parameters", SCROLLER, { width: 33, background: "#fff", params: { text: "bye" } }],
    ["no animation", "TXT 1 1 still", { width: 20, height: 10 }],
    ["random numbers, the same in each frame", "FRAMES 5 9\nPIX rand(128) rand(64)\nPIX rand(9)+frame 3", {}],
    ["frames that are equal in pairs", "FRAMES 9 9\nSET x frame/2\nRECT x 0 3 3", {}],
  ])("yields what render draws for each frame: %s", async (__, source, options) => {
    const frames = await collect(rasterizer.renderFrames(source, options));
    const count = frames[0]?.animation?.frames ?? 1;
    const expected = Array.from({ length: count }, (___, frame) =>
      renderProgram(source, { ...options, frame }),
    );
    expect(frames).toEqual(expected);
    // Each frame has its own memory.
    expect(new Set(frames.map(({ data }) => data.buffer)).size).toBe(count);
  });

  test("draws every frame into the caller's memory", async () => {
    const into = new Uint8ClampedArray(40 * 24 * 4);
    let number = 0;
    for await (const { data } of rasterizer.renderFrames(SCROLLER, { into })) {
      expect(data).toBe(into);
      expect(data).toEqual(renderProgram(SCROLLER, { frame: number++ }).data);
    }
    expect(number).toBe(70);
  });

  test("reports the warnings of frame 0", async () => {
    const lines: number[] = [];
    const onWarning = ({ line }: { readonly line: number }) => lines.push(line);
    await collect(rasterizer.renderFrames("FRAMES 3 9\nTXT 0 0 \u{8a9e}", { onWarning }));
    expect(lines).toEqual([2]);
  });

  test.each<[string, RenderOptions, string]>([
    ["FRAMES 1001 9", {}, "RASTER_LIMIT_FRAMES"],
    ["FRAMES 3 9", { limits: { frames: 2 } }, "RASTER_LIMIT_FRAMES"],
    ["FRAMES 3 9", { limits: { pixels: 3 * 128 * 64 - 1 } }, "RASTER_LIMIT_PIXELS"],
    ["CANVAS 4096 4096\nFRAMES 2 9", {}, "RASTER_LIMIT_PIXELS"],
    ["FRAMES 65536 9", {}, "PXL_OUT_OF_RANGE"],
    ["FRAMES 3 9\nNOPE", {}, "PXL_UNKNOWN_OPCODE"],
  ])("%j with %j fails before its first frame with %s", async (source, options, code) => {
    const frames = rasterizer.renderFrames(source, options)[Symbol.asyncIterator]();
    await expect(frames.next()).rejects.toMatchObject({ code });
    expect(await frames.next()).toEqual({ done: true, value: undefined });
  });

  test("a frame that fails has its place; those before it are yielded", async () => {
    const frames = rasterizer.renderFrames("FRAMES 3 9\nPIX 6/(1-frame) 0")[Symbol.asyncIterator]();
    expect(await frames.next()).toMatchObject({ done: false });
    await expect(frames.next()).rejects.toMatchObject({ code: "RASTER_DIVISION_BY_ZERO", line: 2 });
  });

  test("takes no number of a frame", async () => {
    await expect(collect(rasterizer.renderFrames(SCROLLER, { frame: 0 }))).rejects.toThrow(TypeError);
  });

  test("ends with the reason of its signal", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    let count = 0;
    const all = (async () => {
      for await (const _frame of rasterizer.renderFrames(SCROLLER, { signal })) {
        if (++count === 3) controller.abort(new Error("enough"));
      }
    })();
    await expect(all).rejects.toThrow("enough");
    expect(count).toBe(3);
  });

  test("a timer can abort it while it draws", async () => {
    // Far more work than the time until the abort.
    const source = `CANVAS 500 500\nFRAMES 60 9\nSET i 0\nl:\nDISC 250 250 {100 + frame}\nADD i 1\nIF i < 900 l`;
    const signal = AbortSignal.timeout(30);
    await expect(collect(rasterizer.renderFrames(source, { signal }))).rejects.toMatchObject({
      name: "TimeoutError",
    });
  });
});

test.each([
  ["on the calling thread", () => createCpuRasterizer()],
  ["on a worker thread", () => createWorkerRasterizer()],
])("%s: a closed rasteriser draws no more frames", async (_, create) => {
  const rasterizer = create();
  const large = "CANVAS 1100 1000\nFRAMES 3 9\nRECT frame 0 1 1";
  const frames = rasterizer.renderFrames(large)[Symbol.asyncIterator]();
  await frames.next();
  await rasterizer.close();
  await expect(frames.next()).rejects.toMatchObject({ code: "RASTER_CLOSED" });
  await expect(collect(rasterizer.renderFrames(large))).rejects.toMatchObject({ code: "RASTER_CLOSED" });
});

test("several animations and pictures share one worker thread", async () => {
  const sources = [
    SCROLLER,
    SCROLLER.replace("white", "red"),
    "CANVAS 300 300\nFRAMES 30 9\nRECT frame 1 9 9",
  ];
  const [frames] = await Promise.all([
    Promise.all(sources.map((source) => collect(worker.renderFrames(source)))),
    ...Array.from({ length: 9 }, () => worker.render("TXT 1 1 still")),
  ]);
  for (const [i, source] of sources.entries()) {
    expect(frames[i]).toHaveLength(renderProgram(source).animation?.frames ?? 0);
    for (const [frame, { data }] of (frames[i] ?? []).entries()) {
      // Comparing the arrays value by value would take seconds.
      const expected = Buffer.from(renderProgram(source, { frame }).data);
      expect(`${frame} ${expected.equals(Buffer.from(data))}`).toBe(`${frame} true`);
    }
  }
});
