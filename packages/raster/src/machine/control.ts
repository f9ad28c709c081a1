import { PROGRAM_BOUNDS } from "@gvpie/pxl-parser";

/**
 * The condition of a rule: `always`; the comparison of an IF `holds` or `fails`; a FOR has no value (`is empty`); a NEXT
 * has another value (`continues`).
 */
export type Condition = "always" | "holds" | "fails" | "is empty" | "continues";

/** The effect of an instruction on the program counter, the stack and the status; nothing else changes them. */
export interface ControlRule {
  /** The next instruction: the following one, the target, the one on top of the stack, or the same one. */
  readonly next: "following" | "target" | "top" | "same";
  /** The rule applies only if this is true; otherwise the following instruction is next. */
  readonly when: Condition;
  /** Pushes the address of the following instruction and the locals of the callee, or pops both. */
  readonly stack: "keep" | "push" | "pop";
  /** True if the machine halts. */
  readonly halts: boolean;
}

/** The rule of every opcode that does not control what runs next. */
export const FOLLOWING: ControlRule = {
  next: "following",
  when: "always",
  stack: "keep",
  halts: false,
};

/** Most return addresses on the stack. */
export const MAX_STACK = 256;

/** True if a value of a loop is not beyond its limit, in the direction of its step. */
export function isWithin(value: number, limit: number, step: number): boolean {
  return step < 0 ? value >= limit : value <= limit;
}

/** Most arguments of a procedure. */
export const MAX_ARGUMENTS: number = PROGRAM_BOUNDS.arguments;
/** Most local variables of a procedure. */
export const MAX_LOCALS: number = PROGRAM_BOUNDS.locals;
