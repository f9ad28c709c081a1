import type { Instruction } from "@gvpie/pxl-parser";

/** What an instruction does to the program counter, the stack and the status; nothing else does anything to them. */
export interface ControlRule {
  /**
   * Where the program counter goes: to the following instruction, to the instruction's target, to the address on top
   * of the stack, or nowhere.
   */
  readonly next: "following" | "target" | "top" | "same";
  /** Whether that is so only where the instruction's comparison holds; the following instruction is next otherwise. */
  readonly isConditional: boolean;
  /** Whether the address of the following instruction is put on top of the stack, or the one there taken off. */
  readonly stack: "keep" | "push" | "pop";
  /** Whether the machine halts. */
  readonly halts: boolean;
}

export type ControlOpcode = "JMP" | "IF" | "CALL" | "RET" | "HALT";

/** The opcodes that control what runs next. The step function, the executor and the proofs draw on this table. */
export const CONTROL_OPCODES: Readonly<Record<ControlOpcode, ControlRule>> = {
  JMP: { next: "target", isConditional: false, stack: "keep", halts: false },
  IF: { next: "target", isConditional: true, stack: "keep", halts: false },
  CALL: { next: "target", isConditional: false, stack: "push", halts: false },
  RET: { next: "top", isConditional: false, stack: "pop", halts: false },
  HALT: { next: "same", isConditional: false, stack: "keep", halts: true },
};

/** The rule of every other opcode. */
export const FOLLOWING: ControlRule = {
  next: "following",
  isConditional: false,
  stack: "keep",
  halts: false,
};

/** Return addresses that the stack holds at most. */
export const MAX_STACK = 256;

/** The rule of an opcode, whichever it is. */
export function controlRuleOf(op: Instruction["op"]): ControlRule {
  return Object.hasOwn(CONTROL_OPCODES, op) ? CONTROL_OPCODES[op as ControlOpcode] : FOLLOWING;
}
