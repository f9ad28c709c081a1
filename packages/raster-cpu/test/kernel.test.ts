import { readFileSync } from "node:fs";

import { blendPixel } from "@gvpie/raster";
import { afterEach, expect, test, vi } from "vitest";

import { assembleKernel, KERNEL_BYTES_FILE } from "../scripts/assemble-kernel.ts";
import { requireKernel } from "../src/kernel/kernel.ts";
import { opaqueTerm } from "../src/paint/kernel-bands.ts";
import { prepareBlend } from "../src/primitives/blend.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test("kernel-bytes.ts is assembled from kernel.wat; `pnpm --filter @gvpie/raster-cpu assemble` writes it", async () => {
  expect(readFileSync(KERNEL_BYTES_FILE, "utf8")).toBe(await assembleKernel());
});

test("the kernel blends every channel, source and alpha exactly as blendPixel does", () => {
  const kernel = requireKernel();
  // All targets, and the first three again, so that the loops over four pixels and over one pixel see all of them.
  const targets = Uint32Array.from({ length: 256 + 3 }, (_, d) => 0xff_00_00_00 | ((d & 255) * 0x01_01_01));
  const bytes = targets.length * 4;
  const wrong: string[] = [];
  for (let alpha = 1; alpha < 255; alpha++) {
    for (let s = 0; s < 256; s++) {
      const source = ((alpha << 24) | (s * 0x01_01_01)) >>> 0;
      const { inverseAlpha, redBlue, green } = prepareBlend(source);
      kernel.words.set(targets);
      kernel.blendRect(0, bytes, 1, bytes, inverseAlpha, redBlue, green | opaqueTerm(alpha));
      for (let i = 0; i < targets.length; i++) {
        const expected = blendPixel(targets[i] ?? 0, source);
        if (kernel.words[i] !== expected) wrong.push(`${s} with ${alpha} over ${i}: ${kernel.words[i]}`);
      }
    }
  }
  expect(wrong.slice(0, 9)).toEqual([]);
});

test("the kernel is compiled once, for the first list that it fits", async () => {
  const Module = vi.fn(function compiled() {});
  vi.stubGlobal("WebAssembly", { Module });
  const { renderProgram } = await import("../src/render.ts");
  renderProgram("TXT 1 1 hi");
  expect(Module).not.toHaveBeenCalled();
  renderProgram("RECT 1 1 90 60");
  renderProgram("RECT 1 1 90 60");
  expect(Module).toHaveBeenCalledOnce();
});

test.each([
  { where: "there is no WebAssembly", global: undefined },
  {
    where: "a policy forbids it",
    global: {
      Module: vi.fn(function refuse() {
        throw new Error("refused to compile, as 'wasm-unsafe-eval' is not allowed");
      }),
    },
  },
])("where $where, every list is painted without the kernel", async ({ global }) => {
  vi.stubGlobal("WebAssembly", global);
  const { getKernel } = await import("../src/kernel/kernel.ts");
  expect(getKernel()).toBeUndefined();
  const { renderProgram } = await import("../src/render.ts");
  const { data } = renderProgram("COLOR #ffffff80\nRECT 0 0 1 2\nRECT 1 0 1 1", { width: 2, height: 2 });
  expect([...new Uint32Array(data.buffer)]).toEqual([
    0xff_80_80_80, 0xff_80_80_80, 0xff_80_80_80, 0xff_00_00_00,
  ]);
});
