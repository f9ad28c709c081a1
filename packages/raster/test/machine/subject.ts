import { execute } from "../../src/machine/execute.ts";
import { step } from "../../src/machine/step.ts";
import { compareMachines } from "./compare.ts";
import { CALLS, CONTROL, controlPrograms, EVERYTHING, EXTREMES } from "./control-programs.ts";
import { TABLES } from "./encoding.ts";

// What mutations.test.ts loads of each spoilt copy of the sources.
export { theorems } from "./theorems.ts";

/** The first difference in a part of the exhaustive comparison that is small enough to be made for every mutation. */
export function findDifference(): string | undefined {
  const machines = { step, execute, tables: TABLES };
  for (const [alphabet, longest, fuel] of [
    [CONTROL, 3, 11],
    [EXTREMES, 2, 9],
    [CALLS, 2, 300],
    [EVERYTHING, 2, 20],
  ] as const) {
    for (let length = 1; length <= longest; length++) {
      const { difference } = compareMachines(machines, controlPrograms(alphabet, length), fuel);
      if (difference !== undefined) return difference;
    }
  }
  return undefined;
}
