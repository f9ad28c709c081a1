import { prepareFrames, renderEachFrame, type Frame, type RenderOptions } from "@gvpie/raster";
import { describe, expect, test } from "vitest";

describe("a program without FRAMES has one frame", () => {
  test("and its list is valid until the next one", () => {
    const frames = prepareFrames("TXT 0 0 a\nRECT 0 0 2 2", { width: 9, height: 8 });
    expect(frames).toMatchObject({ width: 9, height: 8, count: 1, animation: undefined });
    const { count, commands } = frames.lower(0);
    expect(count).toBe(2);
    expect(frames.lower(0).commands).toBe(commands);
    expect(frames.lower(0)).not.toHaveProperty("animation");
  });

  test.each<[options: RenderOptions, code: string, message: string]>([
    [{ frame: 1 }, "RASTER_BAD_FRAME", "expected frame as 0, the only one, got 1"],
    [{ frame: -1 }, "RASTER_BAD_FRAME", "expected frame as an integer from 0 to 65534, got -1"],
    [{ frame: 0.5 }, "RASTER_BAD_FRAME", "expected frame as an integer from 0 to 65534, got 0.5"],
    [{ frame: 65_535 }, "RASTER_BAD_FRAME", "expected frame as an integer from 0 to 65534, got 65535"],
    [
      { frame: "0" as never },
      "RASTER_BAD_FRAME",
      'expected frame as an integer from 0 to 65534, got the string "0"',
    ],
  ])("%j is refused", (options, code, message) => {
    expect(() => prepareFrames("", options)).toThrow(expect.objectContaining({ code, message }));
  });

  test("a number of a frame is refused, because all frames are drawn", () => {
    expect(() => prepareFrames("", { frame: 0 })).toThrow(TypeError);
  });
});

describe("renderEachFrame", () => {
  const frame = (number: number, frames: number): Frame => ({
    width: 1,
    height: 1,
    data: Uint8ClampedArray.of(number, 0, 0, 255),
    animation: { frames, delayMs: 40 },
  });

  test("draws as many frames as the first one says, each when it is requested", async () => {
    const drawn: unknown[] = [];
    const all = renderEachFrame({ width: 1, onWarning: () => {} }, async (options) => {
      drawn.push([options.frame ?? 0, options.onWarning !== undefined]);
      return frame(options.frame ?? 0, 3);
    });
    expect(drawn).toEqual([]);
    const numbers: unknown[] = [];
    for await (const { data } of all) {
      numbers.push(data[0]);
      expect(drawn).toHaveLength(numbers.length);
    }
    expect(numbers).toEqual([0, 1, 2]);
    // Warnings are those of the first frame.
    expect(drawn).toEqual([
      [0, true],
      [1, false],
      [2, false],
    ]);
  });

  test.each([
    { frames: 1001, limits: {}, code: "RASTER_LIMIT_FRAMES" },
    { frames: 3, limits: { frames: 2 }, code: "RASTER_LIMIT_FRAMES" },
    { frames: 3, limits: { pixels: 2 }, code: "RASTER_LIMIT_PIXELS" },
  ])("$frames frames within $limits: $code", async ({ frames, limits, code }) => {
    let drawn = 0;
    const all = renderEachFrame({ limits }, async () => frame(drawn++, frames));
    await expect(all.next()).rejects.toMatchObject({ code });
    expect(drawn).toBe(1);
  });
});
