// The public boundary does not trust TypeScript: the caller's memory, and draw lists that the caller made or changed.
import { parseProgram } from "@gvpie/pxl-parser";
import { COMMAND_STRIDE, type DrawList, lowerProgram, type RenderOptions } from "@gvpie/raster";
import { createCpuRasterizer, renderDrawList, renderProgram } from "@gvpie/raster-cpu";
import { createWorkerRasterizer } from "@gvpie/raster-cpu/worker";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, test } from "vitest";

import { bufferKinds, expectRendered, renderInto } from "./support/buffer-kinds.ts";

const worker = createWorkerRasterizer();
afterAll(() => worker.close());

describe.each(
  Object.entries({ "on the calling thread": createCpuRasterizer(), "on a worker thread": worker }),
)("%s", (_, rasterizer) => {
  test.each(Object.entries(bufferKinds))("renders into %s", async (_, create) => {
    expectRendered(await renderInto(rasterizer, create()));
  });

  test("renders into memory of another realm", async () => {
    const into = runInNewContext("new Uint8ClampedArray(16 * 9 * 4)") as Uint8ClampedArray;
    expectRendered(await renderInto(rasterizer, into));
  });

  test.each<[name: string, into: unknown, found: string]>([
    ["a detached buffer", detached(), "got one of 0, because its buffer is detached"],
    [
      "a resizable buffer that is too small",
      new Uint8ClampedArray(new ArrayBuffer(8, { maxByteLength: 999 })),
      "got one of 8",
    ],
    ["a Uint8Array", new Uint8Array(576), "got a Uint8Array object"],
    ["a Float32Array, as in float ImageData", new Float32Array(576), "got a Float32Array object"],
    ["an ArrayBuffer", new ArrayBuffer(576), "got an ArrayBuffer object"],
    ["an array", Array.from({ length: 576 }), "got an array"],
    ["a DataView", new DataView(new ArrayBuffer(576)), "got a DataView object"],
  ])("refuses %s", async (_, into, found) => {
    await expect(renderInto(rasterizer, into as Uint8ClampedArray)).rejects.toMatchObject({
      code: "RASTER_BAD_BUFFER",
      message: `expected into as a Uint8ClampedArray of 576 bytes, ${found}`,
    });
  });

  test.each<[name: string, options: unknown, message: string]>([
    ["an unknown name", { widht: 4 }, 'got "widht"; did you mean width?'],
    ["an unknown limit", { limits: { pixel: 4 } }, 'got "pixel"; did you mean pixels?'],
    [
      "a Map as params",
      { params: new Map([["t", "b"]]) },
      "expected params as a plain object, got a Map object",
    ],
    [
      "an instance as params",
      {
        params: new (class Values {
          t = "b";
        })(),
      },
      "got a Values object",
    ],
    ["a device", { device: {} }, 'got "device"'],
  ])("refuses %s among the options", async (_, options, message) => {
    await expect(rasterizer.render("PARAM t a", options as RenderOptions)).rejects.toMatchObject({
      name: "TypeError",
      message: expect.stringContaining(message),
    });
  });

  test("refuses an edited program, also one that cannot be cloned", async () => {
    const program = { ...parseProgram("RECT 1 2 3 4"), extra: () => {} };
    await expect(rasterizer.render(program)).resolves.toEqual(renderProgram("RECT 1 2 3 4"));
    (program.instructions[0] as { w: unknown }).w = -5;
    await expect(rasterizer.render(program)).rejects.toThrow("(RECT).w: expected an integer");
  });

  test("refuses a signal that is aborted", async () => {
    const signal = AbortSignal.abort(new Error("the caller left"));
    await expect(rasterizer.render("HALT", { signal })).rejects.toThrow("the caller left");
  });
});

test("refuses unknown options of a worker rasteriser", () => {
  expect(() => createWorkerRasterizer({ thread: 2 } as never)).toThrow(
    'expected options named threads, got "thread"; did you mean threads?',
  );
  expect(() => createWorkerRasterizer(2 as never)).toThrow("expected options as a plain object, got 2");
  expect(() => createWorkerRasterizer({ threads: "2" as never })).toThrow('got the string "2"');
});

describe("a draw list", () => {
  const list = lowerProgram("RECT 1 1 5 5\nTXT 2 2 Hi\nSCALE 2\nTXT -3 8 Hi");
  const WORDS = { kind: 0, left: 2, top: 3, right: 4, bottom: 5, x: 6, start: 8, length: 9, scale: 10 };

  test("is drawn as it is", () => {
    expect(renderDrawList(list)).toEqual(renderProgram("RECT 1 1 5 5\nTXT 2 2 Hi\nSCALE 2\nTXT -3 8 Hi"));
  });

  test.each<[command: number, word: keyof typeof WORDS, value: number]>([
    [0, "kind", 2],
    [0, "left", -1],
    [0, "top", -1],
    [0, "right", 129],
    [0, "right", 1],
    [0, "bottom", 65],
    [0, "bottom", 2 ** 31 - 1],
    [1, "start", -1],
    [1, "start", 2 ** 30],
    [1, "length", 0],
    [1, "length", 2 ** 30],
    [1, "scale", 0],
    [2, "scale", 2 ** 30],
    [1, "x", 500],
  ])(
    "whose command %i has a wrong word is refused, and no later frame is damaged: %s = %i",
    (command, word, value) => {
      const commands = list.commands.slice();
      commands[command * COMMAND_STRIDE + WORDS[word]] = value;
      expect(() => renderDrawList({ ...list, commands })).toThrow(`got command ${command} as`);
    },
  );

  test.each<[change: Partial<Record<keyof DrawList, unknown>>, message: string]>([
    [{ width: 1.5 }, "expected list.width as an integer"],
    [{ height: 0 }, "expected list.height as an integer"],
    [{ count: 99 }, "expected list.count as an integer from 0 to"],
    [{ count: 0.5 }, "got 0.5"],
    [{ background: "red" }, 'got the string "red"'],
    [{ commands: [1, 2] }, "expected list.commands of type Int32Array, got an array"],
    [{ glyphs: new Uint8Array(9) }, "expected list.glyphs of type Uint16Array, got a Uint8Array object"],
    [{ glyphs: new Uint16Array(4).fill(60_000) }, "got command 1 as"],
  ])("with %o is refused", (change, message) => {
    expect(() => renderDrawList({ ...list, ...change } as DrawList)).toThrow(message);
  });

  test.each([[null], [undefined], [5], ["list"]])("%o is refused", (value) => {
    expect(() => renderDrawList(value as never)).toThrow("expected list as a DrawList, got");
  });
});

function detached(): Uint8ClampedArray {
  const into = new Uint8ClampedArray(576);
  structuredClone(into, { transfer: [into.buffer] });
  return into;
}
