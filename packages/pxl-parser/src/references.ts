import type { Instruction, Reference } from "./types.ts";

/** The references of an instruction, in the order in which they are written. */
export function referencesOf(instruction: Instruction): readonly Reference[] {
  const values = instruction.op === "CLIP" ? (instruction.box ?? {}) : instruction;
  return Object.values<unknown>({ ...values })
    .flat()
    .filter(isReference);
}

function isReference(value: unknown): value is Reference {
  return typeof value === "object" && value !== null && "name" in value;
}
