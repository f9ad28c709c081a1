import type { Instruction } from "./instructions.ts";

type Changeable = {
  -readonly [Key in "target" | "name" | "limitName" | "stepName" | "closes" | "procedure"]: unknown;
};

/** Sets the targets of the instructions that begin and end blocks, and of the calls of procedures. */
export function resolveBlocks(instructions: readonly Instruction[]): void {
  const open: number[] = [];
  const procedures = new Map<string, number>();
  for (const [index, instruction] of instructions.entries()) {
    const following = index + 1;
    const change = instruction as unknown as Changeable;
    switch (instruction.op) {
      case "IF":
        if (instruction.label === undefined) open.push(index);
        break;
      case "DEF":
        procedures.set(instruction.name, index);
        open.push(index);
        break;
      case "FOR":
        open.push(index);
        break;
      case "ELSE":
        setTarget(instructions[open.pop() ?? 0], following);
        open.push(index);
        break;
      case "NEXT": {
        const first = open.pop() ?? 0;
        const opener = instructions[first];
        setTarget(opener, following);
        if (opener?.op !== "FOR") break;
        change.name = opener.name;
        change.limitName = opener.limitName;
        change.stepName = opener.stepName;
        change.target = first + 1;
        break;
      }
      case "END": {
        const opener = instructions[open.pop() ?? 0];
        setTarget(opener, following);
        change.closes = opener?.op === "DEF" ? "DEF" : "IF";
        change.target = following;
        break;
      }
      default:
    }
  }
  if (procedures.size === 0) return;
  for (const instruction of instructions) {
    if (instruction.op !== "CALL") continue;
    const procedure = procedures.get(instruction.label);
    if (procedure === undefined) continue;
    const change = instruction as unknown as Changeable;
    change.procedure = procedure;
    change.target = procedure + 1;
  }
}

function setTarget(instruction: Instruction | undefined, target: number): void {
  if (instruction !== undefined) (instruction as unknown as Changeable).target = target;
}
