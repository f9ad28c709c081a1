import type { Instruction } from "./instructions.ts";
import { OPCODE_ENTRIES } from "./opcodes.ts";
import type { Reference } from "./operands.ts";

/** Returns the references of an instruction, in source order. */
export function referencesOf(instruction: Instruction): readonly Reference[] {
  const { operands, group } = OPCODE_ENTRIES[instruction.op];
  const fields = (group === undefined ? instruction : instruction[group as keyof Instruction]) ?? {};
  return operands.flatMap(({ name }) => fields[name as keyof typeof fields]).filter(isReference);
}

function isReference(value: unknown): value is Reference {
  return typeof value === "object" && value !== null && "name" in value;
}
