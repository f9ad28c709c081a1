import type { Program } from "@gvpie/pxl-parser";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { execute } from "../../src/machine/execute.ts";
import { step } from "../../src/machine/step.ts";
import { BORDERS, compareOperators, DEGREES } from "./borders.ts";
import { compareMachines } from "./compare.ts";
import {
  blockPrograms,
  BLOCKS,
  CALLS,
  CONTROL,
  controlPrograms,
  EVERYTHING,
  EXTREMES,
  loopPrograms,
  recursions,
} from "./control-programs.ts";
import { FAULTS, FORM_NUMBERS, TABLES } from "./encoding.ts";

// Seconds of work, and a busy machine may need a minute for it.
vi.setConfig({ testTimeout: 300_000 });

// Most programs end with an error, and their stack traces are not needed.
const { stackTraceLimit } = Error;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

/** The forms of instructions and the faults in all comparisons. */
const seen = new Set<string>();

function assertAlike(name: string, programs: Iterable<Program>, fuel: number): void {
  const { difference, ...counts } = compareMachines({ step, execute, tables: TABLES }, programs, fuel);
  expect(difference).toBeUndefined();
  for (const name of counts.seen) seen.add(name);
  console.log(`alike: all ${counts.programs} programs of ${name}, in ${counts.steps} steps`);
}

test.each([
  { name: "control instructions", alphabet: CONTROL, lengths: [1, 2, 3, 4], fuel: 11 },
  { name: "control, comparisons and calculations", alphabet: EVERYTHING, lengths: [1, 2], fuel: 40 },
  { name: "calculations at the extremes", alphabet: EXTREMES, lengths: [1, 2], fuel: 9 },
  { name: "calls up to the stack's bound", alphabet: CALLS, lengths: [1, 2], fuel: 700 },
])(
  "every program of $name runs alike in step, in the executor and under the encoding",
  ({ name, alphabet, lengths, fuel }) => {
    for (const length of lengths) {
      assertAlike(`${length} × ${name}`, controlPrograms(alphabet, length), fuel);
    }
  },
);

test("so does every program of lines and blocks of version 2", () => {
  for (const length of [1, 2, 3]) {
    assertAlike(`${length} × lines and blocks of version 2`, blockPrograms(BLOCKS, length), 70);
  }
});

test("so does every loop between the ends of the range", () => {
  const values = [-2147483648, -2147483647, -2, -1, 0, 1, 3, 2147483646, 2147483647];
  assertAlike("a FOR between borders", loopPrograms(values), 30);
});

test("so does recursion up to the stack's bound", () => {
  assertAlike("recursion with locals", recursions([1, 2, 255, 256, 257]), 5000);
});

test("every operator has the value or the fault of its definition at the borders, and so do its formulas", () => {
  const { difference, cases } = compareOperators({ step, execute }, { borders: BORDERS, degrees: DEGREES });
  expect(difference).toBeUndefined();
  console.log(`alike: ${cases} operators of borders, each with variables, literals and expressions`);
});

test("the programs have every form of instruction, and every fault except that of measured texts", () => {
  const names = [...FORM_NUMBERS.keys(), ...Object.keys(FAULTS)];
  expect(names.filter((name) => !seen.has(name))).toEqual(["RASTER_LIMIT_GLYPHS"]);
});
