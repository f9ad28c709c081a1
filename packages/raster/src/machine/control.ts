/** The effect of an instruction on the program counter, the stack and the status; nothing else changes them. */
export interface ControlRule {
  /** The next instruction: the following one, the label's, the one on top of the stack, or the same one. */
  readonly next: "following" | "target" | "top" | "same";
  /** True if the rule applies only if the instruction's comparison holds; otherwise the following instruction is next. */
  readonly isConditional: boolean;
  /** Pushes the address of the following instruction, or pops the top one. */
  readonly stack: "keep" | "push" | "pop";
  /** True if the machine halts. */
  readonly halts: boolean;
}

/** The rule of every opcode that does not control what runs next. */
export const FOLLOWING: ControlRule = {
  next: "following",
  isConditional: false,
  stack: "keep",
  halts: false,
};

/** Most return addresses on the stack. */
export const MAX_STACK = 256;
