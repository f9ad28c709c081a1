import type { Instruction } from "./instructions.ts";
import { OPCODE_ENTRIES } from "./opcodes.ts";
import { compare } from "./relations.ts";

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
    const instruction = instructions[index] as Instruction;
    const target = "target" in instruction ? instruction.target : index;
    switch (OPCODE_ENTRIES[instruction.op].flow) {
      case "jump":
        reach(target);
        break;
      case "branch": {
        const holds = compareNumbers(instruction);
        if (holds !== false) reach(target);
        if (holds !== true) reach(index + 1);
        break;
      }
      case "call":
        reach(target);
        reachReturn(index + 1);
        break;
      case "return":
        returns?.forEach(reach);
        returns = undefined;
        break;
      case "halt":
        mayHalt = true;
        break;
      default:
        reach(index + 1);
    }
  }
  return { reached, mayHalt };
}

/** The result of a comparison of two numbers; `undefined` if a side is a reference. */
function compareNumbers(instruction: Instruction): boolean | undefined {
  if (!("relation" in instruction)) return undefined;
  const { left, relation, right } = instruction;
  return typeof left === "number" && typeof right === "number" ? compare(left, relation, right) : undefined;
}
