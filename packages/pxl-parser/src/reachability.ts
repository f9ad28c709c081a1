import type { Instruction, InstructionOf } from "./instructions.ts";
import { OPCODE_ENTRIES } from "./opcodes.ts";
import { compare } from "./relations.ts";

/** The control flow of a program, for all values of its parameters and variables. */
export interface Reachability {
  /** 1 for each instruction that an execution may reach. */
  readonly reached: Uint8Array;
  /** False if no execution reaches a `HALT` or the end of the program. */
  readonly mayHalt: boolean;
}

/**
 * Follows both branches of every `IF`, unless it compares two numbers, and of every `FOR`, unless its bounds are, and returns from every `RET` to every reached
 * `CALL`. An instruction that it does not reach never runs. Takes time linear in the number of instructions.
 */
export function findReachable(instructions: readonly Instruction[]): Reachability {
  const reached = new Uint8Array(instructions.length);
  const pending: number[] = [];
  /** Instructions after the reached calls, until a `RET` is reached. */
  let returns: number[] | undefined = [];
  let mayHalt = false;

  const reach = (index: number): void => {
    if (index === instructions.length) {
      mayHalt = true;
    } else if (reached[index] === 0) {
      reached[index] = 1;
      pending.push(index);
    }
  };
  const reachReturn = (index: number): void => {
    if (returns === undefined) {
      reach(index);
    } else {
      returns.push(index);
    }
  };

  const reachReturns = (): void => {
    returns?.forEach(reach);
    returns = undefined;
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
        if (instruction.op === "FOR") {
          const isEntered = entersLoop(instruction);
          // After the last value, NEXT goes on behind the loop.
          if (isEntered !== false) reach(index + 1);
          if (isEntered !== true) reach(target);
          break;
        }
        const holds = compareNumbers(instruction);
        // Without a label, the lines that follow run if the comparison holds.
        const jumps = instruction.op !== "IF" || instruction.label !== undefined;
        if (holds !== !jumps) reach(target);
        if (holds !== jumps) reach(index + 1);
        break;
      }
      case "call":
        reach(target);
        reachReturn(index + 1);
        break;
      case "return":
        reachReturns();
        break;
      case "end":
        if (instruction.op === "END" && instruction.closes === "DEF") {
          reachReturns();
        } else {
          reach(index + 1);
        }
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

/** True if a loop between numbers has a value; `undefined` if a bound is not a number. */
function entersLoop({ from, to, step = 1 }: InstructionOf<"FOR">): boolean | undefined {
  if (typeof from !== "number" || typeof to !== "number" || typeof step !== "number") return undefined;
  return step > 0 ? from <= to : from >= to;
}

/** Returns the result of a comparison of two numbers; `undefined` if a side is a reference. */
function compareNumbers(instruction: Instruction): boolean | undefined {
  if (!("relation" in instruction)) return undefined;
  const { left, relation, right } = instruction;
  return typeof left === "number" && typeof right === "number" && relation !== "IS"
    ? compare(left, relation, right)
    : undefined;
}
