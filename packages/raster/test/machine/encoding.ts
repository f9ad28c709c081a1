import { RELATIONS, type VariableOpcode } from "@gvpie/pxl-parser";

import { INT32_MAX, INT32_MIN } from "../../src/machine/arithmetic.ts";
import { type ControlRule, FOLLOWING, MAX_STACK } from "../../src/machine/control.ts";
import { OPCODES } from "../../src/opcodes.ts";
import * as t from "./term.ts";

/** A state of the machine, as terms. Only the part of the stack below its depth counts. */
export interface StateTerms {
  readonly pc: t.Term;
  readonly fuel: t.Term;
  readonly halted: t.Term;
  readonly depth: t.Term;
  readonly stack: t.Term;
  readonly variables: t.Term;
}

/** The state after a step, and its fault. After a fault the state is that before the step. */
export interface StepTerms extends StateTerms {
  /** One of {@link FAULTS}. */
  readonly fault: t.Term;
}

/** The faults, by number. */
export const FAULTS = {
  none: 0,
  RASTER_LIMIT_FUEL: 1,
  RASTER_DIVISION_BY_ZERO: 2,
  RASTER_OVERFLOW: 3,
  RASTER_STACK_OVERFLOW: 4,
  RASTER_STACK_UNDERFLOW: 5,
} as const;

/** The tables that the rules are made from. A test may mutate any of them. */
export interface Tables {
  readonly control: Readonly<Record<string, ControlRule>>;
  readonly following: ControlRule;
  readonly relations: typeof RELATIONS;
  readonly arithmetic: Readonly<Record<VariableOpcode, (value: t.Term, operand: t.Term) => t.Term>>;
  readonly maxStack: number;
}

/** The control opcodes of version 1. */
const ENCODED: ReadonlySet<string> = new Set(["JMP", "IF", "CALL", "RET", "HALT"]);

const CONTROL_RULES = Object.fromEntries(
  Object.entries(OPCODES).flatMap(([name, effect]) =>
    effect.kind === "control" && ENCODED.has(name) ? [[name, effect.rule] as const] : [],
  ),
);

export const TABLES: Tables = {
  control: CONTROL_RULES,
  following: FOLLOWING,
  relations: RELATIONS,
  arithmetic: {
    SET: (_, operand) => operand,
    ADD: t.add,
    SUB: t.subtract,
    MUL: t.multiply,
    // In SMT-LIB the remainder is never negative; the language rounds toward zero. Both agree on dividends of 0 or more.
    DIV: (value, operand) => signed(value, (size) => t.divide(size, operand)),
    MOD: (value, operand) => signed(value, (size) => t.remainder(size, operand)),
  },
  maxStack: MAX_STACK,
};

/** Opcodes by number; `other` is every opcode that neither controls nor calculates. */
export const OPCODE_NUMBERS: ReadonlyMap<string, number> = new Map(
  [...Object.keys(TABLES.control), ...Object.keys(TABLES.arithmetic), "other"].map((name, n) => [name, n]),
);
/** Relations by number. */
export const RELATION_NUMBERS: ReadonlyMap<string, number> = new Map(
  Object.keys(RELATIONS).map((name, n) => [name, n]),
);

/** A program, as symbols: its length, and an array for each part of an instruction, by the instruction's index. */
export const PROGRAM = {
  length: t.symbol("length", "Int"),
  opcode: t.symbol("opcode", "Array"),
  target: t.symbol("target", "Array"),
  /** The number of the variable that an arithmetic instruction changes. */
  variable: t.symbol("variable", "Array"),
  relation: t.symbol("relation", "Array"),
  /** An operand is the variable of this number, or the constant if the number is below 0. Arithmetic uses the right one. */
  leftVariable: t.symbol("leftVariable", "Array"),
  leftConstant: t.symbol("leftConstant", "Array"),
  rightVariable: t.symbol("rightVariable", "Array"),
  rightConstant: t.symbol("rightConstant", "Array"),
} as const;

/** Any state. */
export const STATE: StateTerms = {
  pc: t.symbol("pc", "Int"),
  fuel: t.symbol("fuel", "Int"),
  halted: t.symbol("halted", "Bool"),
  depth: t.symbol("depth", "Int"),
  stack: t.symbol("stack", "Array"),
  variables: t.symbol("variables", "Array"),
};

/** True if the instruction at `pc` has a certain opcode. */
export function isOpcode(name: string, { pc }: StateTerms): t.Term {
  return t.equal(t.select(PROGRAM.opcode, pc), t.int(OPCODE_NUMBERS.get(name) ?? -1));
}

/** True if there is an instruction to run. */
export function isRunning({ pc, halted }: StateTerms): t.Term {
  return t.and(t.not(halted), t.atMost(t.int(0), pc), t.less(pc, PROGRAM.length));
}

/** Returns the left and right operand of the instruction at `pc`. */
export function operands({ pc, variables }: StateTerms): readonly [left: t.Term, right: t.Term] {
  const read = (variable: t.Term, constant: t.Term): t.Term => {
    const number = t.select(variable, pc);
    return t.choose(t.less(number, t.int(0)), t.select(constant, pc), t.select(variables, number));
  };
  return [
    read(PROGRAM.leftVariable, PROGRAM.leftConstant),
    read(PROGRAM.rightVariable, PROGRAM.rightConstant),
  ];
}

/** Returns the step rules: the state after one instruction, for any program and any state. */
export function encodeStep(state: StateTerms, tables: Tables = TABLES): StepTerms {
  const { pc, fuel, halted, depth, stack, variables } = state;
  const following = t.add(pc, t.int(1));
  const [left, right] = operands(state);

  const byRule = (termOf: (rule: ControlRule) => t.Term): t.Term =>
    Object.entries(tables.control).reduce(
      (rest, [name, rule]) => t.choose(isOpcode(name, state), termOf(rule), rest),
      termOf(tables.following),
    );
  const comparison = Object.entries(tables.relations).reduce((rest, [name, outcomes]) => {
    const number = RELATION_NUMBERS.get(name) ?? -1;
    const isRelation = t.equal(t.select(PROGRAM.relation, pc), t.int(number));
    const outcome = t.choose(
      t.less(left, right),
      t.bool(outcomes.less),
      t.choose(t.less(right, left), t.bool(outcomes.greater), t.bool(outcomes.equal)),
    );
    return t.choose(isRelation, outcome, rest);
  }, t.bool(false));
  const isTaken = byRule((rule) => (rule.when === "holds" ? comparison : t.bool(true)));
  const isPush = t.and(
    isTaken,
    byRule((rule) => t.bool(rule.stack === "push")),
  );
  const isPop = t.and(
    isTaken,
    byRule((rule) => t.bool(rule.stack === "pop")),
  );

  const addresses: Readonly<Record<ControlRule["next"], t.Term>> = {
    following,
    target: t.select(PROGRAM.target, pc),
    top: t.select(stack, t.subtract(depth, t.int(1))),
    same: pc,
  };
  const nextPc = t.choose(
    isTaken,
    byRule((rule) => addresses[rule.next]),
    following,
  );
  const nextDepth = t.choose(
    isPush,
    t.add(depth, t.int(1)),
    t.choose(isPop, t.subtract(depth, t.int(1)), depth),
  );
  const nextStack = t.choose(isPush, t.store(stack, depth, following), stack);
  const nextHalted = t.or(
    byRule((rule) => t.bool(rule.halts)),
    t.equal(nextPc, PROGRAM.length),
  );

  const variable = t.select(PROGRAM.variable, pc);
  const value = t.select(variables, variable);
  const calculations = Object.entries(tables.arithmetic);
  const result = calculations.reduce(
    (rest, [name, calculate]) => t.choose(isOpcode(name, state), calculate(value, right), rest),
    t.int(0),
  );
  const isArithmetic = t.or(...calculations.map(([name]) => isOpcode(name, state)));
  const nextVariables = t.choose(isArithmetic, t.store(variables, variable, result), variables);

  const isDivision = t.or(isOpcode("DIV", state), isOpcode("MOD", state));
  const isOutside = t.or(t.less(result, t.int(INT32_MIN)), t.less(t.int(INT32_MAX), result));
  const faults: readonly (readonly [t.Term, keyof typeof FAULTS])[] = [
    [t.equal(fuel, t.int(0)), "RASTER_LIMIT_FUEL"],
    [t.and(isDivision, t.equal(right, t.int(0))), "RASTER_DIVISION_BY_ZERO"],
    [t.and(isArithmetic, isOutside), "RASTER_OVERFLOW"],
    [t.and(isPush, t.atMost(t.int(tables.maxStack), depth)), "RASTER_STACK_OVERFLOW"],
    [t.and(isPop, t.atMost(depth, t.int(0))), "RASTER_STACK_UNDERFLOW"],
  ];
  const running = isRunning(state);
  const fault = faults.reduceRight(
    (rest, [condition, name]) => t.choose(t.and(running, condition), t.int(FAULTS[name]), rest),
    t.int(FAULTS.none),
  );

  const isDone = t.and(running, t.equal(fault, t.int(FAULTS.none)));
  return {
    pc: t.choose(isDone, nextPc, pc),
    fuel: t.choose(isDone, t.subtract(fuel, t.int(1)), fuel),
    halted: t.choose(isDone, nextHalted, halted),
    depth: t.choose(isDone, nextDepth, depth),
    stack: t.choose(isDone, nextStack, stack),
    variables: t.choose(isDone, nextVariables, variables),
    fault,
  };
}

/** Extends a function of the dividend's magnitude to negative dividends, as an odd function. */
function signed(value: t.Term, ofMagnitude: (size: t.Term) => t.Term): t.Term {
  const negated = t.subtract(t.int(0), value);
  const isNegative = t.less(value, t.int(0));
  const magnitude = ofMagnitude(t.choose(isNegative, negated, value));
  return t.choose(isNegative, t.subtract(t.int(0), magnitude), magnitude);
}
