import { afterAll, beforeAll, expect, test } from "vitest";

import { execute } from "../../src/machine/execute.ts";
import { step } from "../../src/machine/step.ts";
import { compareMachines } from "./compare.ts";
import { CALLS, CONTROL, controlPrograms, EVERYTHING, EXTREMES } from "./control-programs.ts";
import { TABLES } from "./encoding.ts";

// Most programs end with an error, and their stack traces are not needed.
const { stackTraceLimit } = Error;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

test.each([
  { name: "control instructions", alphabet: CONTROL, lengths: [1, 2, 3, 4], fuel: 11 },
  { name: "control, comparisons and calculations", alphabet: EVERYTHING, lengths: [1, 2], fuel: 40 },
  { name: "calculations at the extremes", alphabet: EXTREMES, lengths: [1, 2], fuel: 9 },
  { name: "calls up to the stack's bound", alphabet: CALLS, lengths: [1, 2], fuel: 700 },
])(
  "every program of $name runs alike in step, in the executor and under the encoding",
  ({ name, alphabet, lengths, fuel }) => {
    for (const length of lengths) {
      const programs = controlPrograms(alphabet, length);
      const { difference, ...counts } = compareMachines({ step, execute, tables: TABLES }, programs, fuel);
      expect(difference).toBeUndefined();
      console.log(`alike: all ${counts.programs} programs of ${length} × ${name}, in ${counts.steps} steps`);
    }
  },
  // It takes seconds; a busy machine may need a minute.
  300_000,
);
