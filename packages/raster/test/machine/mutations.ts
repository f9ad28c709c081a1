/** A change to one line of the sources that introduces a fault. */
export interface Mutation {
  /** The fault, as in docs/proofs.md. */
  readonly name: string;
  /** Relative to the folder of the packages. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly from: string;
  readonly to: string;
  /** The detector: `comparison`, or the statement of the theorem that is no longer proved. */
  readonly caughtBy: string;
}

const OPCODES = "raster/src/opcodes.ts";
const CONTROL = "raster/src/machine/control.ts";
const RELATIONS = "pxl-parser/src/relations.ts";
const ARITHMETIC = "raster/src/machine/arithmetic.ts";
const STEP = "raster/src/machine/step.ts";
const EXECUTE = "raster/src/machine/execute.ts";
const ENCODING = "raster/test/machine/encoding.ts";
const COMPARISON = "comparison";

/** Tables that step, the executor and the encoding share: only a proof detects a mistake in them. */
const ofTheTable: readonly Mutation[] = [
  {
    name: "JMP goes to the following instruction",
    file: OPCODES,
    from: `JMP: control({ next: "target"`,
    to: `JMP: control({ next: "following"`,
    caughtBy: "JMP goes to its target and changes nothing else",
  },
  {
    name: "IF always jumps",
    file: OPCODES,
    from: `IF: control(\n    { next: "target", when: "holds"`,
    to: `IF: control(\n    { next: "target", when: "always"`,
    caughtBy:
      "IF a < b goes to its target where a < b, else to the following instruction, and changes nothing else",
  },
  {
    name: "CALL forgets where it came from",
    file: OPCODES,
    from: `stack: "push"`,
    to: `stack: "keep"`,
    caughtBy: "only CALL and RET change the stack's depth, each by one",
  },
  {
    name: "RET leaves its address on the stack",
    file: OPCODES,
    from: `stack: "pop", halts`,
    to: `stack: "keep", halts`,
    caughtBy: "RET goes to the address on top and takes it off",
  },
  {
    name: "RET returns to itself",
    file: OPCODES,
    from: `next: "top", when`,
    to: `next: "same", when`,
    caughtBy: "RET after CALL returns to the instruction that follows the CALL, with the stack as it was",
  },
  {
    name: "HALT does not halt",
    file: OPCODES,
    from: "halts: true",
    to: "halts: false",
    caughtBy: "HALT halts where it stands and changes nothing else",
  },
  {
    name: "every other instruction runs again and again",
    file: CONTROL,
    from: `next: "following",\n`,
    to: `next: "same",\n`,
    caughtBy:
      "every other instruction goes to the following one, so a program without jumps runs each at most once",
  },
  {
    name: "the stack holds one address more",
    file: CONTROL,
    from: "MAX_STACK = 256",
    to: "MAX_STACK = 257",
    caughtBy:
      "CALL on a stack of 256 and RET on an empty one fail, and no other instruction does for the stack",
  },
  {
    name: "<= is false of equal sides",
    file: RELATIONS,
    from: `"<=": { less: true, equal: true`,
    to: `"<=": { less: true, equal: false`,
    caughtBy:
      "IF a <= b goes to its target where a <= b, else to the following instruction, and changes nothing else",
  },
];

const ofTheEncoding: readonly Mutation[] = [
  {
    name: "the encoding stores the address of the CALL itself",
    file: ENCODING,
    from: "t.store(stack, depth, following)",
    to: "t.store(stack, depth, pc)",
    caughtBy: "CALL goes to its target with the following instruction on top of the stack",
  },
  {
    name: "the encoding stores it one place too low",
    file: ENCODING,
    from: "t.store(stack, depth, following)",
    to: "t.store(stack, t.subtract(depth, t.int(1)), following)",
    caughtBy: "no instruction changes an address that stays on the stack",
  },
  {
    name: "the encoding does not halt at the end",
    file: ENCODING,
    from: "t.equal(nextPc, PROGRAM.length)",
    to: "t.bool(false)",
    caughtBy: "the counter of a validated program stays in 0 … n, and is n only once the machine has halted",
  },
  {
    name: "the encoding spends no fuel",
    file: ENCODING,
    from: "t.subtract(fuel, t.int(1))",
    to: "fuel",
    caughtBy: "fuel falls by one with every step and never below 0",
  },
  {
    name: "the encoding runs on without fuel",
    file: ENCODING,
    from: "t.equal(fuel, t.int(0))",
    to: "t.less(fuel, t.int(0))",
    caughtBy: "without fuel no instruction runs, so every execution ends after at most its fuel",
  },
  {
    name: "the encoding runs a halted machine",
    file: ENCODING,
    from: "return t.and(t.not(halted), t.atMost",
    to: "return t.and(t.atMost",
    caughtBy: "a halted machine stays as it is: HALT is absorbing",
  },
  {
    name: "the encoding goes on after a fault",
    file: ENCODING,
    from: "t.and(running, t.equal(fault, t.int(FAULTS.none)))",
    to: "running",
    caughtBy: "a step that fails changes nothing",
  },
  {
    name: "the encoding lets variables grow beyond 32 bits",
    file: ENCODING,
    from: `[t.and(isArithmetic, isOutside), "RASTER_OVERFLOW"]`,
    to: `[t.bool(false), "RASTER_OVERFLOW"]`,
    caughtBy: "every variable stays in −2³¹ … 2³¹−1",
  },
  {
    name: "the encoding's MOD is never negative",
    file: ENCODING,
    from: "signed(value, (size) => t.remainder(size, operand))",
    to: "t.remainder(value, operand)",
    caughtBy: COMPARISON,
  },
];

const ofTheCode: readonly Mutation[] = [
  {
    name: "step spends two units of fuel",
    file: STEP,
    from: "state.fuel - cost",
    to: "state.fuel - cost - 1",
    caughtBy: COMPARISON,
  },
  {
    name: "step pushes the address of the CALL itself",
    file: STEP,
    from: "push: [...stack, following]",
    to: "push: [...stack, pc]",
    caughtBy: COMPARISON,
  },
  {
    name: "step pops the oldest address",
    file: STEP,
    from: "pop: stack.slice(0, -1)",
    to: "pop: stack.slice(1)",
    caughtBy: COMPARISON,
  },
  {
    name: "step allows one CALL too many",
    file: STEP,
    from: "stack.length === MAX_STACK",
    to: "stack.length > MAX_STACK",
    caughtBy: COMPARISON,
  },
  {
    name: "step takes every IF",
    file: STEP,
    from: `compareSides(instruction, scope) === (rule.when === "holds")`,
    to: `compareSides(instruction, scope) || rule.when === "holds"`,
    caughtBy: COMPARISON,
  },
  {
    name: "the executor allows one CALL too few",
    file: EXECUTE,
    from: "stack.push(pc + 1) > MAX_STACK",
    to: "stack.push(pc + 1) >= MAX_STACK",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor stops one step early",
    file: EXECUTE,
    from: "if (fuel < ready.cost)",
    to: "if (fuel <= ready.cost)",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor does not halt at HALT",
    file: EXECUTE,
    from: "isHalted = rule.halts;",
    to: "",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor reads the right side of IF on the left as well",
    file: EXECUTE,
    from: "compare(this.#read(ready.left, slots)",
    to: "compare(this.#read(ready.right, slots)",
    caughtBy: COMPARISON,
  },
  {
    name: "DIV rounds down",
    file: OPCODES,
    from: "Math.trunc(value / operand)",
    to: "Math.floor(value / operand)",
    caughtBy: COMPARISON,
  },
  {
    name: "2³¹ − 1 overflows",
    file: ARITHMETIC,
    from: "result > INT32_MAX",
    to: "result >= INT32_MAX",
    caughtBy: COMPARISON,
  },
];

export const MUTATIONS: readonly Mutation[] = [...ofTheTable, ...ofTheEncoding, ...ofTheCode];
