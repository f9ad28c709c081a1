import { AUTO_MIN_LAYERS, AUTO_MIN_PIXELS } from "@gvpie/raster-webgpu";
import { expect, test } from "vitest";

import { shouldUseGpu } from "../src/process/should-use-gpu.ts";

const AUTO = { minPixels: AUTO_MIN_PIXELS, minLayers: AUTO_MIN_LAYERS };

function layers(count: number): string {
  return "COLOR #a0f08088\nRECT 1 0 9999 9999\n".repeat(count);
}

/** 10,000 rectangles that cover a canvas of 2048 × 2048 pixels about `layers` times. */
function rectangles(layers: number): string {
  const side = Math.round(Math.sqrt((layers * 2048 * 2048) / 10_000));
  return Array.from({ length: 10_000 }, (_, i) => `RECT ${i % 1024} ${i % 1000} ${side} ${side}`).join("\n");
}

// The rows of docs/webgpu.md, and the limits of the examination.
test.each([
  { name: "8 layers", width: 1024, height: 1024, source: layers(8), expected: true },
  { name: "8 layers, one pixel too few", width: 1025, height: 1023, source: layers(8), expected: false },
  { name: "6 layers", width: 4096, height: 4096, source: layers(6), expected: false },
  { name: "8 layers", width: 4096, height: 4096, source: layers(8), expected: true },
  { name: "10,000 rectangles, 16 layers", width: 2048, height: 2048, source: rectangles(16), expected: true },
  { name: "10,000 rectangles, 4 layers", width: 2048, height: 2048, source: rectangles(4), expected: false },
  {
    name: "too many instructions",
    width: 1024,
    height: 1024,
    source: layers(8) + "CLIP\n".repeat(16_384),
    expected: false,
  },
  {
    name: "too many code units",
    width: 1024,
    height: 1024,
    source: `${layers(8)}# ${"long ".repeat(60_000)}`,
    expected: false,
  },
  {
    name: "too many steps",
    width: 1024,
    height: 1024,
    source: "again:\nJMP again",
    expected: false,
  },
  { name: "a wrong program", width: 1024, height: 1024, source: `${layers(8)}NOPE`, expected: false },
])("auto on $width × $height: $name", ({ source, expected, width, height }) => {
  expect(shouldUseGpu(source, { width, height }, AUTO)).toBe(expected);
});

test("without thresholds every program goes to the GPU", () => {
  expect(shouldUseGpu("NOPE", { width: 1, height: 1 }, {})).toBe(true);
});
