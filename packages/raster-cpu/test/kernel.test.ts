import { blendPixel } from "@gvpie/raster";
import { afterEach, expect, test, vi } from "vitest";

import { prepareBlend } from "../src/blend.ts";
import { timesOpaque } from "../src/paint-bands.ts";
import { getKernel } from "../src/wasm/kernel.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test("the kernel blends every channel, source and alpha exactly as blendPixel does", () => {
  const kernel = getKernel(Number.MAX_SAFE_INTEGER);
  if (kernel === undefined) throw new Error("this engine has no WebAssembly with vectors");
  // All targets, and in other columns, so that the pixels that are painted by fours and one by one have all of them.
  const targets = Uint32Array.from({ length: 256 + 3 }, (_, d) => 0xff_00_00_00 | ((d & 255) * 0x01_01_01));
  const bytes = targets.length * 4;
  const wrong: string[] = [];
  for (let alpha = 1; alpha < 255; alpha++) {
    for (let s = 0; s < 256; s++) {
      const source = ((alpha << 24) | (s * 0x01_01_01)) >>> 0;
      const { rest, redBlue, green } = prepareBlend(source);
      kernel.words.set(targets);
      kernel.blendRect(0, bytes, 1, bytes, rest, redBlue, green | timesOpaque(alpha));
      for (let i = 0; i < targets.length; i++) {
        const expected = blendPixel(targets[i] ?? 0, source);
        if (kernel.words[i] !== expected) wrong.push(`${s} with ${alpha} over ${i}: ${kernel.words[i]}`);
      }
    }
  }
  expect(wrong.slice(0, 9)).toEqual([]);
});

test("a process that paints little never makes the kernel", async () => {
  const Module = vi.fn(function made() {});
  vi.stubGlobal("WebAssembly", { Module });
  const { getKernel } = await import("../src/wasm/kernel.ts");
  expect(getKernel(1000)).toBeUndefined();
  expect(Module).not.toHaveBeenCalled();
  getKernel(Number.MAX_SAFE_INTEGER);
  expect(Module).toHaveBeenCalledOnce();
});

test.each([
  { where: "there is no WebAssembly", global: undefined },
  {
    where: "a policy forbids it",
    global: {
      Module: vi.fn(() => {
        throw new Error("refused to compile, as 'wasm-unsafe-eval' is not allowed");
      }),
    },
  },
])("where $where, everything is painted without the kernel", async ({ global }) => {
  vi.stubGlobal("WebAssembly", global);
  const { getKernel } = await import("../src/wasm/kernel.ts");
  expect(getKernel(Number.MAX_SAFE_INTEGER)).toBeUndefined();
  const { renderProgram } = await import("../src/render.ts");
  const { data } = renderProgram("COLOR #ffffff80\nRECT 0 0 1 2\nRECT 1 0 1 1", { width: 2, height: 2 });
  expect([...new Uint32Array(data.buffer)]).toEqual([
    0xff_80_80_80, 0xff_80_80_80, 0xff_80_80_80, 0xff_00_00_00,
  ]);
});
