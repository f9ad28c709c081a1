import type { Program } from "@gvpie/pxl-parser";

import { execute } from "../../src/machine/execute.ts";
import { step } from "../../src/machine/step.ts";
import { compareOperators } from "./borders.ts";
import { compareMachines } from "./compare.ts";
import {
  blockPrograms,
  CALLS,
  CONTROL,
  controlPrograms,
  EVERYTHING,
  EXTREMES,
  FEW_BLOCKS,
  loopPrograms,
  recursions,
} from "./control-programs.ts";
import { TABLES } from "./encoding.ts";
import { operatorTheorems } from "./operator-theorems.ts";
import type { Theorem } from "@gvpie/testing/smt";
import { theorems } from "./theorems.ts";

/** Every theorem. */
export function allTheorems(): Theorem[] {
  return [...theorems(), ...operatorTheorems()];
}

/** Returns the first difference in a part of the exhaustive comparison that is fast enough to run for every mutation. */
export function findDifference(): string | undefined {
  const machines = { step, execute, tables: TABLES };
  for (const [programs, fuel] of samples()) {
    const { difference } =
      programs === "operators" ? compareOperators(machines, FEW) : compareMachines(machines, programs, fuel);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

const FEW = { borders: [-2147483648, -3, 0, 2, 2147483647], degrees: [-30, 90, 2147483647] };

function* samples(): Generator<[programs: Iterable<Program> | "operators", fuel: number]> {
  yield [controlPrograms(CONTROL, 2), 11];
  yield ["operators", 0];
  for (const length of [1, 2]) yield [blockPrograms(FEW_BLOCKS, length), 70];
  yield [loopPrograms([-2147483648, -2, 0, 3, 2147483647]), 30];
  yield [recursions([2, 257]), 5000];
  yield [controlPrograms(EXTREMES, 2), 9];
  yield [controlPrograms(CALLS, 2), 300];
  yield [controlPrograms(EVERYTHING, 2), 20];
  yield [controlPrograms(CONTROL, 3), 11];
}
