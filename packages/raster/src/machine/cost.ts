import { type Instruction, OPERATORS } from "@gvpie/pxl-parser";

import type { BoundProgram } from "./state.ts";

/** The operators that are names, which cost nothing. */
const NAMES: ReadonlySet<string> = new Set(
  OPERATORS.flatMap(({ kind, name }) => (kind === "name" ? [name] : [])),
);

/**
 * Returns the fuel that a step of an instruction takes: one, one for each operator in it, and one for each point of a
 * polygon. It is the same whenever the instruction runs.
 */
export function costOf(
  instruction: Instruction,
  { program, cells }: Pick<BoundProgram, "program" | "cells">,
): number {
  if (program.language === "1") return 1;
  const operators = countOperators(instruction);
  if (instruction.op !== "POLY") return 1 + operators;
  const { points } = instruction;
  const length = typeof points === "string" ? (cells.get(points)?.length ?? 0) : points.length;
  return 1 + operators + Math.floor(length / 2);
}

/** Returns the number of operators in the operands of an instruction. */
function countOperators(instruction: Instruction): number {
  let count = 0;
  // Without recursion, because an expression may have a million operators.
  const rest: unknown[] = Object.values(instruction);
  for (let value = rest.pop(); value !== undefined || rest.length > 0; value = rest.pop()) {
    if (typeof value !== "object" || value === null) continue;
    if ("operator" in value && !NAMES.has((value as { operator: string }).operator)) count++;
    for (const part of Object.values(value)) if (typeof part === "object") rest.push(part);
  }
  return count;
}
