import fc from "fast-check";
import { expect, test } from "vitest";

import { bufferPixels, bandsOf } from "../src/bands.ts";

test.each([
  { canvas: [128, 64], maxPixels: 2 ** 23, expected: ["0,0 128×64"] },
  { canvas: [33, 17], maxPixels: 64 * 8, expected: ["0,0 33×8", "0,8 33×8", "0,16 33×1"] },
  { canvas: [33, 9], maxPixels: 32 * 8, expected: ["0,0 32×8", "32,0 1×8", "0,8 32×1", "32,8 1×1"] },
  { canvas: [8192, 8192], maxPixels: 2 ** 25, expected: ["0,0 8192×4096", "0,4096 8192×4096"] },
  { canvas: [70, 1], maxPixels: 64 * 8, expected: ["0,0 64×1", "64,0 6×1"] },
])("$canvas in bands of $maxPixels pixels", ({ canvas: [width = 0, height = 0], maxPixels, expected }) => {
  const found = bandsOf(width, height, maxPixels).map((b) => `${b.left},${b.top} ${b.width}×${b.height}`);
  expect(found).toEqual(expected);
});

test("bands cover every pixel once, and hold at most maxPixels", () => {
  const side = fc.integer({ min: 1, max: 300 });
  fc.assert(
    fc.property(side, side, fc.integer({ min: 256, max: 20_000 }), (width, height, maxPixels) => {
      const seen = new Uint8Array(width * height);
      for (const band of bandsOf(width, height, maxPixels)) {
        expect(bufferPixels(band)).toBeLessThanOrEqual(maxPixels);
        for (let y = band.top; y < band.top + band.height; y++) {
          for (let x = band.left; x < band.left + band.width; x++) (seen[y * width + x] as number)++;
        }
      }
      expect(seen.every((count) => count === 1)).toBe(true);
    }),
  );
});
