import type { IfInstruction, Instruction, Relation } from "./types.ts";

/** What the jumps of a program allow, whatever its values are. */
export interface Reachability {
  /** 1 for each instruction that some execution might reach. */
  readonly reached: Uint8Array;
  /** False where no execution comes to a `HALT` or to the end of the program. */
  readonly mayHalt: boolean;
}

/**
 * Follows every jump both ways, but for comparisons of two numbers, and every `RET` to every `CALL` that is reached. So
 * what it does not reach is never run. Takes time linear in the number of instructions.
 */
export function findReachable(instructions: readonly Instruction[]): Reachability {
  const reached = new Uint8Array(instructions.length);
  const pending: number[] = [];
  /** Where the calls come back to, until a `RET` is reached. */
  let returns: number[] | undefined = [];
  let mayHalt = false;

  const reach = (index: number): void => {
    if (index === instructions.length) mayHalt = true;
    else if (reached[index] === 0) {
      reached[index] = 1;
      pending.push(index);
    }
  };
  const reachReturn = (index: number): void => {
    if (returns === undefined) reach(index);
    else returns.push(index);
  };

  reach(0);
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    const instruction = instructions[index];
    switch (instruction?.op) {
      case "JMP":
        reach(instruction.target);
        break;
      case "IF": {
        const holds = compareNumbers(instruction);
        if (holds !== false) reach(instruction.target);
        if (holds !== true) reach(index + 1);
        break;
      }
      case "CALL":
        reach(instruction.target);
        reachReturn(index + 1);
        break;
      case "RET":
        returns?.forEach(reach);
        returns = undefined;
        break;
      case "HALT":
        mayHalt = true;
        break;
      default:
        reach(index + 1);
    }
  }
  return { reached, mayHalt };
}

const HOLDS: Readonly<Record<Relation, (left: number, right: number) => boolean>> = {
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
  "=": (left, right) => left === right,
  "!=": (left, right) => left !== right,
};

/** Whether a comparison of two numbers holds; `undefined` where a name takes part. */
function compareNumbers({ left, relation, right }: IfInstruction): boolean | undefined {
  if (typeof left !== "number" || typeof right !== "number") return undefined;
  return HOLDS[relation](left, right);
}
