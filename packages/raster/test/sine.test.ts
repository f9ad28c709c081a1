import { readFileSync } from "node:fs";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { cosineOf, scaledCosine, scaledSine, SINE_UNIT, sineOf, SINES } from "../src/sine.ts";

const toRadians = (degrees: number) => (degrees * Math.PI) / 180;
const int32 = fc.oneof(
  fc.integer(),
  fc.integer({ min: -400, max: 400 }),
  fc.constantFrom(-(2 ** 31), 2 ** 31 - 1),
);

test("the table is the sine of 0° to 90°, rounded", () => {
  expect(SINES).toEqual(Array.from({ length: 91 }, (_, d) => Math.round(Math.sin(toRadians(d)) * SINE_UNIT)));
});

test("docs/language-drawing.md prints the table", () => {
  const document = readFileSync(new URL("../../../docs/language-drawing.md", import.meta.url), "utf8");
  const [, section = ""] = document.split("## Angles\n");
  const rows = section.split("\n").filter((line) => /^\| *\d/.test(line));
  const cells = rows.flatMap((row) =>
    row
      .split("|")
      .slice(2, -1)
      .map((cell) => cell.trim()),
  );
  expect(cells.filter((cell) => cell !== "").map(Number)).toEqual(SINES);
});

test("every angle of two turns in either direction is within half a unit of the sine and the cosine", () => {
  for (let degrees = -720; degrees <= 720; degrees++) {
    expect(Math.abs(sineOf(degrees) - Math.sin(toRadians(degrees)) * SINE_UNIT)).toBeLessThan(0.500001);
    expect(Math.abs(cosineOf(degrees) - Math.cos(toRadians(degrees)) * SINE_UNIT)).toBeLessThan(0.500001);
  }
});

test("the nearest integer, halves away from zero, for any 32-bit integers", () => {
  fc.assert(
    fc.property(int32, int32, (degrees, factor) => {
      const turn = ((degrees % 360) + 360) % 360;
      for (const [found, unit] of [
        [scaledSine(degrees, factor), sineOf(turn)],
        [scaledCosine(degrees, factor), cosineOf(turn)],
      ] as const) {
        const product = BigInt(unit) * BigInt(factor);
        const size = ((product < 0n ? -product : product) * 2n + 65_536n) / 131_072n;
        expect(found).toBe(Number(product < 0n ? -size : size));
      }
    }),
    { numRuns: 1000 },
  );
});

describe("exact values", () => {
  test.each([
    [0, 20, 0, 20],
    [90, 20, 20, 0],
    [180, 20, 0, -20],
    [270, 20, -20, 0],
    [-90, 20, -20, 0],
    [30, 1, 1, 1],
    [210, 1, -1, -1],
    [45, 100, 71, 71],
    [360, -7, 0, -7],
    [2_147_483_647, -2_147_483_648, -1_715_044_352, 1_292_402_688],
  ])("%i°, %i", (degrees, factor, sine, cosine) => {
    expect([scaledSine(degrees, factor), scaledCosine(degrees, factor)]).toEqual([sine, cosine]);
  });
});
