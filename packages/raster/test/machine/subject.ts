import { execute } from "../../src/machine/execute.ts";
import { step } from "../../src/machine/step.ts";
import { compareMachines } from "./compare.ts";
import { CALLS, CONTROL, controlPrograms, EVERYTHING, EXTREMES } from "./control-programs.ts";
import { TABLES } from "./encoding.ts";

// The exports that mutations.test.ts loads from each mutated copy of the sources.
export { theorems } from "./theorems.ts";

/** Returns the first difference in a part of the exhaustive comparison that is fast enough to run for every mutation. */
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
