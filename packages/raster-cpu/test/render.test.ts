import { parseProgram } from "@gvpie/pxl-parser";
import { createDebugger, lowerProgram, type RenderOptions } from "@gvpie/raster";
import { frameToText } from "@gvpie/raster/conformance";
import { createCpuRasterizer, renderDrawList, renderProgram } from "@gvpie/raster-cpu";
import { describe, expect, test } from "vitest";

test("renders source text and parsed programs synchronously", () => {
  const source = "RECT 1 0 2 1";
  const frame = renderProgram(source, { width: 4, height: 2 });
  expect(frameToText(frame)).toEqual([".##.", "...."]);
  expect(renderProgram(parseProgram(source), { width: 4, height: 2 })).toEqual(frame);
});

test("renders the draw list of a whole program and of a debugger", () => {
  const source = "RECT 1 0 2 1\nRECT 0 1 1 1";
  const options = { width: 4, height: 2 };
  const into = new Uint8ClampedArray(4 * 2 * 4);
  const frame = renderDrawList(lowerProgram(source, options), into);
  expect(frame).toEqual(renderProgram(source, options));
  expect(frame.data).toBe(into);
  const halfway = createDebugger(source, options);
  halfway.step();
  expect(frameToText(renderDrawList(halfway.drawList()))).toEqual([".##.", "...."]);
});

test("the default frame is 128×64 of opaque black", () => {
  const { width, height, data } = renderProgram("");
  expect([width, height, data.length]).toEqual([128, 64, 32_768]);
  expect(new Set(new Uint32Array(data.buffer))).toEqual(new Set([0xff_00_00_00]));
});

describe("rendering into the caller's buffer", () => {
  const expected = renderProgram("TXT 1 1 hi", { width: 16, height: 9 });

  test.each([0, 1, 2, 3, 4])("at byte offset %i of its memory", (offset) => {
    const memory = new Uint8ClampedArray(16 * 9 * 4 + 8).fill(0xa5);
    const into = memory.subarray(offset, offset + 16 * 9 * 4);
    const frame = renderProgram("TXT 1 1 hi", { width: 16, height: 9, into });
    expect(frame.data).toBe(into);
    expect(into).toEqual(expected.data);
    expect([...memory.subarray(0, offset), ...memory.subarray(offset + into.length)]).toEqual(
      Array.from({ length: 8 }, () => 0xa5),
    );
  });

  test("that is shared memory", () => {
    const into = new Uint8ClampedArray(new SharedArrayBuffer(16 * 9 * 4));
    expect([...renderProgram("TXT 1 1 hi", { width: 16, height: 9, into }).data]).toEqual([...expected.data]);
  });

  test("of the wrong length is rejected and not changed", () => {
    const into = new Uint8ClampedArray(5).fill(7);
    expect(() => renderProgram("", { into })).toThrow(expect.objectContaining({ code: "RASTER_BAD_BUFFER" }));
    expect([...into]).toEqual([7, 7, 7, 7, 7]);
  });
});

test("warnings reach the caller", () => {
  const codes: string[] = [];
  renderProgram("TXT 0 0 \u{8a9e}", { onWarning: ({ code }) => codes.push(code) });
  expect(codes).toEqual(["RASTER_NO_GLYPH"]);
});

describe("error codes", () => {
  test.each<{ name: string; source?: string; options: RenderOptions; code: string }>([
    { name: "canvas", options: { width: 0 }, code: "RASTER_BAD_CANVAS" },
    { name: "background", options: { background: "#12" }, code: "RASTER_BAD_COLOR" },
    { name: "pixels", options: { width: 9999, height: 9999 }, code: "RASTER_LIMIT_PIXELS" },
    { name: "program", source: "RECT 1", options: {}, code: "PXL_MISSING_OPERAND" },
    {
      name: "painted pixels",
      source: "RECT 0 0 9 9",
      options: { limits: { paintedPixels: 80 } },
      code: "RASTER_LIMIT_PAINTED",
    },
  ])("$name", ({ source = "", options, code }) => {
    expect(() => renderProgram(source, options)).toThrow(expect.objectContaining({ code }));
  });
});

describe("createCpuRasterizer", () => {
  test("has the info of the CPU backend", () => {
    expect(createCpuRasterizer().info).toEqual({ backend: "cpu", adapter: "cpu", fallback: false });
  });

  test("rejects the promise instead of throwing", async () => {
    await expect(createCpuRasterizer().render("NOPE")).rejects.toMatchObject({ code: "PXL_UNKNOWN_OPCODE" });
  });

  test("rejects renders after close; close may be called twice", async () => {
    const raster = createCpuRasterizer();
    await raster.close();
    await raster.close();
    await expect(raster.render("")).rejects.toMatchObject({ code: "RASTER_CLOSED" });
  });
});
