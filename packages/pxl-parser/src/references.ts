import type { Instruction } from "./instructions.ts";
import { OPCODE_ENTRIES } from "./opcodes.ts";
import type { Reference } from "./operands.ts";
import type { Span } from "./span.ts";

/** Returns the uses of parameters, variables and arrays in an instruction, in source order. */
export function referencesOf(instruction: Instruction): readonly Reference[] {
  const { operands, group } = OPCODE_ENTRIES[instruction.op];
  const fields = ((group === undefined ? instruction : instruction[group as keyof Instruction]) ??
    {}) as Record<string, unknown>;
  const found: Reference[] = [];
  // A stack, because a chain of operators may be longer than the engine's.
  const pending: unknown[] = [];
  for (let i = operands.length - 1; i >= 0; i--) {
    const value = fields[operands[i]?.name ?? ""];
    // Most operands are numbers and texts.
    if (typeof value === "object") pending.push(value);
  }
  if (instruction.op === "SET") pending.push(instruction.index);
  if (instruction.op === "POLY" && typeof instruction.points === "string") {
    found.push({ name: instruction.points, span: instruction });
  }
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== "object" || value === null) continue;
    if (Array.isArray(value)) {
      for (let i = value.length - 1; i >= 0; i--) pending.push(value[i]);
      continue;
    }
    const {
      name,
      span,
      operator,
      operands: parts,
      text,
      value: inserted,
      red,
      green,
      blue,
      alpha,
    } = value as {
      readonly [Key in string]: unknown;
    };
    if (typeof name === "string") found.push({ name, span: span as Reference["span"] });
    if (operator === undefined && typeof name === "string") continue;
    pending.push(alpha, blue, green, red, inserted, parts, text);
  }
  return found;
}

/** Returns the name of the variable that a `SET` or an arithmetic instruction sets. */
export function setVariable(instruction: Instruction): string | undefined {
  const kind = OPCODE_ENTRIES[instruction.op].operands[0]?.kind;
  const isSet = kind === "set variable" || (instruction.op === "SET" && instruction.index === undefined);
  return isSet && "name" in instruction ? instruction.name : undefined;
}

/** Returns a name as the source has it: `x` for the local variable `f.x` of the procedure `f`. */
export function shortName(name: string): string {
  return name.slice(name.indexOf(".") + 1);
}

/** Returns the variable that an instruction both reads and changes, if it does. */
export function changedVariables(instruction: Instruction): { readonly name: string; readonly span: Span }[] {
  const isChange = OPCODE_ENTRIES[instruction.op].operands[0]?.kind === "set variable";
  return isChange && "name" in instruction ? [{ name: instruction.name, span: instruction }] : [];
}

/** Returns the variable that an instruction declares, if it does. */
export function declaredVariables(instruction: Instruction): string[] {
  const isDeclared = OPCODE_ENTRIES[instruction.op].declares === "variable";
  return isDeclared && "name" in instruction ? [instruction.name] : [];
}
