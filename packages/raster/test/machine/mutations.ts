import { fileURLToPath } from "node:url";

import type { Change } from "@gvpie/testing/changed-bundles";

/** The folder of the packages. */
export const PACKAGES: string = fileURLToPath(new URL("../../..", import.meta.url));
/** The module with the comparison and the theorems. */
export const SUBJECT: string = fileURLToPath(new URL("subject.ts", import.meta.url));

/** A change to one line of the sources that introduces a fault. */
export interface Mutation extends Change {
  /** The fault, as in docs/proofs.md. */
  readonly name: string;
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
const FORMULAS = "raster/test/machine/operator-formulas.ts";
const OPERATORS = "raster/src/machine/operators.ts";
const EVALUATE = "raster/src/machine/evaluate.ts";
const RUN_CODE = "raster/src/machine/run-code.ts";
const SAVED_LOCALS = "raster/src/machine/saved-locals.ts";
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
    caughtBy: "only CALL, RET and the END of a DEF change the stack's depth, each by one",
  },
  {
    name: "RET leaves its address on the stack",
    file: OPCODES,
    from: `stack: "pop", halts`,
    to: `stack: "keep", halts`,
    caughtBy: "RET and the END of a DEF go to the address on top and take it off",
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
    from: "t.choose(isPushed(place), following, state.address(place))",
    to: "t.choose(isPushed(place), pc, state.address(place))",
    caughtBy: "CALL goes to its target with the following instruction on top of the stack",
  },
  {
    name: "the encoding stores it one place too low",
    file: ENCODING,
    from: "t.and(isPush, t.equal(place, depth))",
    to: "t.and(isPush, t.equal(place, top))",
    caughtBy:
      "no instruction changes an entry that stays on the stack: its address, its locals and their values",
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
    from: `t.subtract(fuel, of("cost"))`,
    to: "fuel",
    caughtBy: "fuel falls by the cost of the instruction with every step, so by 1 or more, and never below 0",
  },
  {
    name: "the encoding runs an instruction that costs more than the fuel",
    file: ENCODING,
    from: `t.less(fuel, of("cost"))`,
    to: "t.less(fuel, t.int(1))",
    caughtBy:
      "with less fuel than its cost no instruction runs, so every execution ends after at most as many steps as it has fuel",
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
    from: "[t.and(isArithmetic, isOutside)",
    to: "[t.bool(false)",
    caughtBy: "every variable stays in −2³¹ … 2³¹−1",
  },
  {
    name: "the encoding's MOD is never negative",
    file: ENCODING,
    from: "MOD: remainder",
    to: "MOD: t.remainder",
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

/** The tables that version 2 added to. */
const ofTheTable2: readonly Mutation[] = [
  {
    name: "FOR goes into an empty loop",
    file: OPCODES,
    from: `FOR: control({ next: "target"`,
    to: `FOR: control({ next: "following"`,
    caughtBy: "FOR v a b s goes into its body if max(0, ⌊(b − a)/s⌋ + 1) is 1 or more, else after its NEXT",
  },
  {
    name: "FOR goes into its body only if it is empty",
    file: OPCODES,
    from: `when: "is empty"`,
    to: `when: "continues"`,
    caughtBy: "FOR v a b s goes into its body if max(0, ⌊(b − a)/s⌋ + 1) is 1 or more, else after its NEXT",
  },
  {
    name: "NEXT leaves the loop",
    file: OPCODES,
    from: `NEXT: control({ next: "target"`,
    to: `NEXT: control({ next: "following"`,
    caughtBy:
      "NEXT with more iterations left goes into the body again with v + s, and one less is left: so a body that does not change v runs exactly max(0, ⌊(b − a)/s⌋ + 1) times",
  },
  {
    name: "NEXT continues for ever",
    file: OPCODES,
    from: `when: "continues"`,
    to: `when: "always"`,
    caughtBy:
      "NEXT ends the loop when one iteration was left, and changes no variable: v keeps its last value",
  },
  {
    name: "IF runs its first branch if the comparison fails",
    file: OPCODES,
    from: `when: "fails"`,
    to: `when: "holds"`,
    caughtBy:
      "IF a < b without a label goes to the following instruction where a < b, else to its target, and changes nothing else",
  },
  {
    name: "ELSE goes on into the second branch",
    file: OPCODES,
    from: `ELSE: control({ next: "target"`,
    to: `ELSE: control({ next: "following"`,
    caughtBy:
      "exactly one branch of an IF with an ELSE runs: IF goes into the first, whose end is the ELSE, which skips the second, or over the ELSE into the second",
  },
  {
    name: "the END of an IF returns",
    file: OPCODES,
    from: "END: control(FOLLOWING, RETURN)",
    to: "END: control(RETURN, RETURN)",
    caughtBy: "the END of an IF has no effect",
  },
  {
    name: "the END of a DEF does not return",
    file: OPCODES,
    from: "END: control(FOLLOWING, RETURN)",
    to: "END: control(FOLLOWING, FOLLOWING)",
    caughtBy: "RET and the END of a DEF go to the address on top and take it off",
  },
  {
    name: "DEF runs the procedure",
    file: OPCODES,
    from: `DEF: control({ next: "target"`,
    to: `DEF: control({ next: "following"`,
    caughtBy: "DEF goes to its target, so that a procedure that is not called is skipped",
  },
  {
    name: "a procedure has one local more",
    file: CONTROL,
    from: "PROGRAM_BOUNDS.locals",
    to: "PROGRAM_BOUNDS.locals + 1",
    caughtBy: "the stack saves at most 256 × 256 values: no step writes one beyond",
  },
  {
    name: "arrays have one cell more",
    file: "raster/src/machine/parameters.ts",
    from: "PROGRAM_BOUNDS.cells",
    to: "PROGRAM_BOUNDS.cells + 1",
    caughtBy: "no step changes a cell outside the array of its SET, so none beyond 65,536 cells",
  },
];

const ofTheEncoding2: readonly Mutation[] = [
  {
    name: "the encoding's CALL does not save the locals",
    file: ENCODING,
    from: "const isSaved = t.and(isPushed(place)",
    to: "const isSaved = t.and(t.bool(false)",
    caughtBy: "CALL saves the value of every local of the procedure",
  },
  {
    name: "the encoding's CALL leaves the other locals alone",
    file: ENCODING,
    from: "operands.value(local), t.int(0))",
    to: "operands.value(local), state.variable(slot))",
    caughtBy:
      "CALL sets the arguments to its values and the other locals to 0, and changes no other variable",
  },
  {
    name: "the encoding's RET restores the first local only",
    file: ENCODING,
    from: "[t.and(isPop, isAmong(slot, state.firstSaved(top), state.savedCount(top))), restored]",
    to: "[t.and(isPop, t.equal(slot, state.firstSaved(top))), restored]",
    caughtBy:
      "after CALL and RET the locals of the procedure have the values from before, however often it was called in between, and every other variable has the value that the body gave it",
  },
  {
    name: "the encoding's FOR takes its first value for the limit",
    file: ENCODING,
    from: `isSlot("limit")), operand(1)]`,
    to: `isSlot("limit")), operand(0)]`,
    caughtBy:
      "FOR v a b s takes its values once: v is a, and its hidden variables are b and s; no other variable changes",
  },
  {
    name: "the encoding's FOR allows a step of 0",
    file: ENCODING,
    from: `t.and(is("FOR"), t.equal(operand(2), t.int(0)))`,
    to: "t.bool(false)",
    caughtBy: "FOR with a step of 0 fails",
  },
  {
    name: "the encoding's NEXT changes its variable at the end as well",
    file: ENCODING,
    from: `t.and(is("NEXT"), isTaken, isSlot("variable"))`,
    to: `t.and(is("NEXT"), isSlot("variable"))`,
    caughtBy:
      "NEXT ends the loop when one iteration was left, and changes no variable: v keeps its last value",
  },
  {
    name: "the encoding's loop leaves out its limit",
    file: ENCODING,
    from: "t.atMost(value, limit))",
    to: "t.less(value, limit))",
    caughtBy: "FOR v a b s goes into its body if max(0, ⌊(b − a)/s⌋ + 1) is 1 or more, else after its NEXT",
  },
  {
    name: "the encoding's SET reaches the cell after an array",
    file: ENCODING,
    from: `isAmong(operand(0), t.int(0), of("cellCount"))`,
    to: `isAmong(operand(0), t.int(0), t.add(of("cellCount"), t.int(1)))`,
    caughtBy:
      "SET name[i] changes cell i of its array and nothing else, and an index outside fails with RASTER_BAD_INDEX",
  },
  {
    name: "the encoding's SEED has no effect",
    file: ENCODING,
    from: `t.choose(is("SEED"), operand(0), operands.seed)`,
    to: "operands.seed",
    caughtBy: "SEED sets the state of the random numbers and changes nothing else",
  },
  {
    name: "the formulas let results grow beyond 32 bits",
    file: FORMULAS,
    from: "t.less(t.int(INT32_MAX), value)",
    to: "t.bool(false)",
    caughtBy: "a + b has a value in −2³¹ … 2³¹−1, or fails",
  },
  {
    name: "the formula of a / b rounds down",
    file: FORMULAS,
    from: "value: quotient(a, b)",
    to: "value: t.divide(a, b)",
    caughtBy:
      "a / b and a % b are the quotient and the remainder: q · b + r = a, with r nearer to 0 than b and with the sign of a; only b = 0 and −2³¹ / −1 fail",
  },
  {
    name: "the formula of name[i] reads the cell after an array",
    file: FORMULAS,
    from: "isAmong(a, ZERO, OPERATION.cellCount)",
    to: "isAmong(a, ZERO, t.add(OPERATION.cellCount, t.int(1)))",
    caughtBy: "name[i] is the cell, and fails with RASTER_BAD_INDEX outside 0 … len(name) − 1",
  },
  {
    name: "the formula of sines rounds halves toward zero",
    file: FORMULAS,
    from: "t.multiply(t.int(2), size), t.int(65_536)",
    to: "t.multiply(t.int(2), size), t.int(65_535)",
    caughtBy: COMPARISON,
  },
  {
    name: "the formula of sines rounds toward zero",
    file: FORMULAS,
    from: "t.divide(t.add(t.multiply(t.int(2), size), t.int(65_536)), t.int(131_072))",
    to: "t.divide(t.multiply(t.int(2), size), t.int(131_072))",
    caughtBy: "sin(d, r) and cos(d, r) are r · v / 65536, to the nearest integer, halves away from zero",
  },
];

const ofTheCode2: readonly Mutation[] = [
  {
    name: "a loop leaves out its limit",
    file: CONTROL,
    from: "value >= limit : value <= limit",
    to: "value >= limit : value < limit",
    caughtBy: COMPARISON,
  },
  {
    name: "a loop that counts down leaves out its limit",
    file: CONTROL,
    from: "value >= limit : value <= limit",
    to: "value > limit : value <= limit",
    caughtBy: COMPARISON,
  },
  {
    name: "operators cost nothing",
    file: "raster/src/machine/cost.ts",
    from: "return 1 + operators;",
    to: "return 1;",
    caughtBy: COMPARISON,
  },
  {
    name: "built-in names cost one",
    file: "raster/src/machine/cost.ts",
    from: `"operator" in value && !NAMES`,
    to: `"operator" in value || !NAMES`,
    caughtBy: COMPARISON,
  },
  {
    name: "step's FOR goes into an empty loop",
    file: STEP,
    from: "isTaken = !isWithin(loop.value",
    to: "isTaken = false && !isWithin(loop.value",
    caughtBy: COMPARISON,
  },
  {
    name: "step's NEXT changes its variable at the end as well",
    file: STEP,
    from: "if (isTaken) variables = withLoop",
    to: "variables = withLoop",
    caughtBy: COMPARISON,
  },
  {
    name: "step's loop takes its limit for its step",
    file: STEP,
    from: ".set(limitName, limit).set(stepName, step)",
    to: ".set(limitName, step).set(stepName, step)",
    caughtBy: COMPARISON,
  },
  {
    name: "step's CALL sets other locals to 1",
    file: STEP,
    from: "[name, 0]);\n",
    to: "[name, 1]);\n",
    caughtBy: COMPARISON,
  },
  {
    name: "step's CALL saves the new values",
    file: STEP,
    from: "[name, variables.get(name) ?? 0]));\n",
    to: "[name, locals.get(name) ?? 0]));\n",
    caughtBy: COMPARISON,
  },
  {
    name: "step's RET does not restore the locals",
    file: STEP,
    from: "pop: saved.at(-1) ?? NONE",
    to: "pop: NONE",
    caughtBy: COMPARISON,
  },
  {
    name: "step's SET reaches the cell after an array",
    file: STEP,
    from: "at >= cells.length",
    to: "at > cells.length",
    caughtBy: COMPARISON,
  },
  {
    name: "step's SET leaves the seed of a rand in it",
    file: STEP,
    from: "const { seed, measured } = scope;",
    to: "const { seed, measured } = state;",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor's FOR allows a step of 0",
    file: EXECUTE,
    from: "if (step === 0) throw",
    to: "if (step !== step) throw",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor's FOR goes into an empty loop",
    file: EXECUTE,
    from: "const isEmpty = !isWithin(value, limit, step)",
    to: "const isEmpty = false",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor's FOR takes its first value for the limit",
    file: EXECUTE,
    from: "const limit = this.#read(args[1]",
    to: "const limit = this.#read(args[0]",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor's NEXT changes its variable at the end as well",
    file: EXECUTE,
    from: "if (isOn) slots[variable] = value;",
    to: "slots[variable] = value;",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor runs the first branch of IF if the comparison fails",
    file: EXECUTE,
    from: `(rule.when === "holds")`,
    to: `(rule.when === "fails")`,
    caughtBy: COMPARISON,
  },
  {
    name: "the executor's SET reaches the cell after an array",
    file: EXECUTE,
    from: "index < 0 || index >= cells.length",
    to: "index < 0 || index > cells.length",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor's CALL does not set the other locals to 0",
    file: SAVED_LOCALS,
    from: ": 0;",
    to: ": (variables[slot] as number);",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor's CALL saves one value twice",
    file: SAVED_LOCALS,
    from: "this.#values[this.#count++] = variables[slot]",
    to: "this.#values[this.#count++] = variables[locals[0] as number]",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor's RET restores the values of another call",
    file: SAVED_LOCALS,
    from: "this.#values[this.#count + i] as number;\n",
    to: "this.#values[i] as number;\n",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor takes one CALL for ever",
    file: SAVED_LOCALS,
    from: "this.#slots.pop()",
    to: "this.#slots.at(-1)",
    caughtBy: COMPARISON,
  },
  {
    name: "2³¹ − 1 overflows in step's expressions",
    file: EVALUATE,
    from: "if (result < INT32_MIN || result > INT32_MAX) throw overflow(expression, a, b)",
    to: "if (result < INT32_MIN || result >= INT32_MAX) throw overflow(expression, a, b)",
    caughtBy: COMPARISON,
  },
  {
    name: "step's expressions read the cell after an array",
    file: EVALUATE,
    from: "a < 0 || a >= cells.length",
    to: "a < 0 || a > cells.length",
    caughtBy: COMPARISON,
  },
  {
    name: "rand leaves the state of the random numbers",
    file: EVALUATE,
    from: "scope.seed = nextSeed(scope.seed);",
    to: "",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor's expressions read the cell after an array",
    file: RUN_CODE,
    from: "value < 0 || value >= cells.length",
    to: "value < 0 || value > cells.length",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor's a / b rounds down",
    file: RUN_CODE,
    from: "Math.trunc(dividend / divisor)",
    to: "Math.floor(dividend / divisor)",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor's a / 0 is 0",
    file: RUN_CODE,
    from: "divisor === 0 ? Number.NaN :",
    to: "divisor === 0 ? 0 :",
    caughtBy: COMPARISON,
  },
  {
    name: "the executor's negative of −2³¹ is −2³¹",
    file: RUN_CODE,
    from: "result = -value;",
    to: "result = -value | 0;",
    caughtBy: COMPARISON,
  },
  {
    name: "a + b ends at 32 bits",
    file: OPERATORS,
    from: "(a, b) => a + b",
    to: "(a, b) => (a + b) | 0",
    caughtBy: COMPARISON,
  },
  {
    name: "a - b is b - a",
    file: OPERATORS,
    from: "(a, b) => a - b",
    to: "(a, b) => b - a",
    caughtBy: COMPARISON,
  },
  {
    name: "a * b ends at 32 bits",
    file: OPERATORS,
    from: "(a, b) => a * b",
    to: "(a, b) => Math.imul(a, b)",
    caughtBy: COMPARISON,
  },
  {
    name: "a / b rounds down",
    file: OPERATORS,
    from: "Math.trunc(a / b)",
    to: "Math.floor(a / b)",
    caughtBy: COMPARISON,
  },
  {
    name: "a % b is never negative",
    file: OPERATORS,
    from: "(a, b) => a % b",
    to: "(a, b) => (a % b) + (a % b < 0 ? Math.abs(b) : 0)",
    caughtBy: COMPARISON,
  },
  {
    name: "-a of −2³¹ is −2³¹",
    file: OPERATORS,
    from: "(a) => -a",
    to: "(a) => -a | 0",
    caughtBy: COMPARISON,
  },
  {
    name: "min is max",
    file: OPERATORS,
    from: "(a < b ? a : b)",
    to: "(a < b ? b : a)",
    caughtBy: COMPARISON,
  },
  {
    name: "max is min",
    file: OPERATORS,
    from: "(a > b ? a : b)",
    to: "(a > b ? b : a)",
    caughtBy: COMPARISON,
  },
  {
    name: "abs of −2³¹ is −2³¹",
    file: OPERATORS,
    from: "Math.abs(a)",
    to: "Math.abs(a) | 0",
    caughtBy: COMPARISON,
  },
  {
    name: "sqrt rounds",
    file: OPERATORS,
    from: "Math.floor(Math.sqrt(a))",
    to: "Math.round(Math.sqrt(a))",
    caughtBy: COMPARISON,
  },
  {
    name: "sqrt has no root of 0",
    file: OPERATORS,
    from: "Math.floor(Math.sqrt(a)), least: 0",
    to: "Math.floor(Math.sqrt(a)), least: 1",
    caughtBy: COMPARISON,
  },
  {
    name: "sines round toward zero",
    file: "raster/src/sine.ts",
    from: "(2 * Math.abs(product) + SINE_UNIT)",
    to: "(2 * Math.abs(product))",
    caughtBy: COMPARISON,
  },
  {
    name: "cos is sin",
    file: "raster/src/sine.ts",
    from: "sineOf((degrees % 360) + 90)",
    to: "sineOf(degrees % 360)",
    caughtBy: COMPARISON,
  },
  {
    name: "the sine of 90° is that of 89°",
    file: "raster/src/sine.ts",
    from: "half > 90 ? 180 - half : half",
    to: "half > 89 ? 179 - half : half",
    caughtBy: COMPARISON,
  },
  {
    name: "rand may be n",
    file: "raster/src/machine/random.ts",
    from: "(z >>> 0) % n",
    to: "(z >>> 0) % (n + 1)",
    caughtBy: COMPARISON,
  },
  {
    name: "SEED has no effect",
    file: "raster/src/machine/random.ts",
    from: "return value | 0;",
    to: "return 0 * value;",
    caughtBy: COMPARISON,
  },
];

export const MUTATIONS: readonly Mutation[] = [
  ...ofTheTable,
  ...ofTheTable2,
  ...ofTheEncoding,
  ...ofTheEncoding2,
  ...ofTheCode,
  ...ofTheCode2,
];
