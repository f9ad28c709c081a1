import { RELATIONS, type VariableOpcode } from "@gvpie/pxl-parser";

import { INT32_MAX, INT32_MIN } from "../../src/machine/arithmetic.ts";
import { type ControlRule, FOLLOWING, MAX_ARGUMENTS, MAX_STACK } from "../../src/machine/control.ts";
import { OPCODES } from "../../src/opcodes.ts";
import { t } from "@gvpie/testing/smt";

/**
 * A state of the machine, as terms. Its memory is a set of functions, each a term for any index, so that a statement about
 * one index holds for all. Only the part of the stack below its depth counts.
 */
export interface StateTerms {
  readonly pc: t.Term;
  readonly fuel: t.Term;
  readonly halted: t.Term;
  readonly depth: t.Term;
  /** The state of the random numbers, as a signed integer of 32 bits. */
  readonly seed: t.Term;
  /** The address of an entry of the stack. */
  readonly address: (place: t.Term) => t.Term;
  /** The slot of the first local variable that an entry saved, and their number. The locals of a procedure are neighbours. */
  readonly firstSaved: (place: t.Term) => t.Term;
  readonly savedCount: (place: t.Term) => t.Term;
  /** The value of a local variable that an entry saved. */
  readonly saved: (place: t.Term, local: t.Term) => t.Term;
  /** The variable of a slot. */
  readonly variable: (slot: t.Term) => t.Term;
  /** A cell; those of an array are neighbours. */
  readonly cell: (index: t.Term) => t.Term;
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
  RASTER_BAD_VALUE: 6,
  RASTER_BAD_INDEX: 7,
  RASTER_LIMIT_GLYPHS: 8,
} as const;

/** The tables that the rules are made from. A test may mutate any of them. */
export interface Tables {
  /** By form. */
  readonly control: Readonly<Record<string, ControlRule>>;
  readonly following: ControlRule;
  readonly relations: typeof RELATIONS;
  readonly arithmetic: Readonly<Record<VariableOpcode, (value: t.Term, operand: t.Term) => t.Term>>;
  readonly maxStack: number;
}

/** The names of the other forms of opcodes that have two rules. */
const OTHER_FORMS: Readonly<Record<string, string>> = { IF: "IF block", END: "END of DEF" };

const CONTROL_RULES = Object.fromEntries(
  Object.entries(OPCODES).flatMap(([name, effect]): [string, ControlRule][] => {
    if (effect.kind !== "control") return [];
    const other = OTHER_FORMS[name];
    return [[name, effect.rule], ...(other === undefined ? [] : [[other, effect.otherRule] as const])] as [
      string,
      ControlRule,
    ][];
  }),
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
    DIV: quotient,
    MOD: remainder,
  },
  maxStack: MAX_STACK,
};

/**
 * The forms of instructions, by number: an opcode, or one of its forms if they have different rules. `other` is every
 * opcode that only has operands: a drawing, a setting of the pen, a declaration.
 */
export const FORM_NUMBERS: ReadonlyMap<string, number> = new Map(
  [...Object.keys(TABLES.control), ...Object.keys(TABLES.arithmetic), "SET cell", "SEED", "other"].map(
    (name, n) => [name, n],
  ),
);
/** Relations by number. */
export const RELATION_NUMBERS: ReadonlyMap<string, number> = new Map(
  Object.keys(RELATIONS).map((name, n) => [name, n]),
);

/** A program, as symbols: its length, and an array for each part of an instruction, by the instruction's index. */
export const PROGRAM = {
  length: t.symbol("length", "Int"),
  form: t.symbol("form", "Array"),
  cost: t.symbol("cost", "Array"),
  target: t.symbol("target", "Array"),
  relation: t.symbol("relation", "Array"),
  /** The slot of the variable that an instruction changes. */
  variable: t.symbol("variable", "Array"),
  /** The slots of the other variables of a loop. */
  limit: t.symbol("limit", "Array"),
  step: t.symbol("step", "Array"),
  /** The locals of the procedure that a CALL calls, and the number of its arguments. */
  firstLocal: t.symbol("firstLocal", "Array"),
  localCount: t.symbol("localCount", "Array"),
  argumentCount: t.symbol("argumentCount", "Array"),
  /** The cells of the array that a SET changes. */
  firstCell: t.symbol("firstCell", "Array"),
  cellCount: t.symbol("cellCount", "Array"),
} as const;

/** The symbols of a state, in the order of {@link stateOf}'s parts. */
const STATE_SYMBOLS = {
  pc: "Int",
  fuel: "Int",
  halted: "Bool",
  depth: "Int",
  seed: "Int",
  stack: "Array",
  firstSaved: "Array",
  savedCount: "Array",
  saved: "Array",
  variables: "Array",
  cells: "Array",
} as const;

/** Most local variables of a procedure, stated independently of the code. */
const LOCALS = t.int(256);

/** Returns any state, and its symbols by name. */
export function anyState(prefix = ""): {
  state: StateTerms;
  symbols: Record<keyof typeof STATE_SYMBOLS, t.Term>;
} {
  const symbols = Object.fromEntries(
    Object.entries(STATE_SYMBOLS).map(([name, sort]) => [name, t.symbol(`${prefix}${name}`, sort)]),
  ) as Record<keyof typeof STATE_SYMBOLS, t.Term>;
  const { pc, fuel, halted, depth, seed, stack, firstSaved, savedCount, saved, variables, cells } = symbols;
  const state: StateTerms = {
    pc,
    fuel,
    halted,
    depth,
    seed,
    address: (place) => t.select(stack, place),
    firstSaved: (place) => t.select(firstSaved, place),
    savedCount: (place) => t.select(savedCount, place),
    saved: (place, local) => t.select(saved, t.add(t.multiply(LOCALS, place), local)),
    variable: (slot) => t.select(variables, slot),
    cell: (index) => t.select(cells, index),
  };
  return { state, symbols };
}

/** The values of the operands of the instruction that runs, or their {@link FAULTS}. */
export interface OperandTerms {
  readonly value: (index: t.Term) => t.Term;
  readonly fault: (index: t.Term) => t.Term;
  /** The state of the random numbers after them. */
  readonly seed: t.Term;
}

/** Returns any operands, and their symbols by name. */
export function anyOperands(prefix = ""): {
  operands: OperandTerms;
  symbols: Record<"operandValues" | "operandFaults" | "operandSeed", t.Term>;
} {
  const symbols = {
    operandValues: t.symbol(`${prefix}operandValues`, "Array"),
    operandFaults: t.symbol(`${prefix}operandFaults`, "Array"),
    operandSeed: t.symbol(`${prefix}operandSeed`, "Int"),
  };
  const operands: OperandTerms = {
    value: (index) => t.select(symbols.operandValues, index),
    fault: (index) => t.select(symbols.operandFaults, index),
    seed: symbols.operandSeed,
  };
  return { operands, symbols };
}

/** True if the instruction at `pc` has a certain form. */
export function isForm(name: string, { pc }: StateTerms): t.Term {
  return t.equal(t.select(PROGRAM.form, pc), t.int(FORM_NUMBERS.get(name) ?? -1));
}

/** True if there is an instruction to run. */
export function isRunning({ pc, halted }: StateTerms): t.Term {
  return t.and(t.not(halted), t.atMost(t.int(0), pc), t.less(pc, PROGRAM.length));
}

/** True if an index is one of `count` indices from `first`. */
export function isAmong(index: t.Term, first: t.Term, count: t.Term): t.Term {
  return t.and(t.atMost(first, index), t.less(index, t.add(first, count)));
}

/**
 * Returns the step rules: the state after one instruction, for any program, any state and any operands.
 *
 * @param form the only form that the rules are needed for; without it they are the rules of all.
 */
export function encodeStep(
  state: StateTerms,
  operands: OperandTerms,
  tables: Tables = TABLES,
  form?: string,
): StepTerms {
  const { pc, fuel, halted, depth } = state;
  const of = (part: keyof typeof PROGRAM): t.Term => t.select(PROGRAM[part], pc);
  const is = (name: string): t.Term => (form === undefined ? isForm(name, state) : t.bool(name === form));
  const operand = (index: number): t.Term => operands.value(t.int(index));
  const following = t.add(pc, t.int(1));
  const top = t.subtract(depth, t.int(1));

  const byRule = (termOf: (rule: ControlRule) => t.Term): t.Term =>
    Object.entries(tables.control).reduce(
      (rest, [name, rule]) => t.choose(is(name), termOf(rule), rest),
      termOf(tables.following),
    );

  // NEXT: the value that its variable has if the loop continues.
  const nextValue = t.add(state.variable(of("variable")), state.variable(of("step")));
  const comparison = compare(of("relation"), operand(0), operand(1), tables);
  const conditions: Readonly<Record<ControlRule["when"], t.Term>> = {
    always: t.bool(true),
    holds: comparison,
    fails: t.not(comparison),
    "is empty": t.not(isWithin(operand(0), operand(1), operand(2))),
    continues: isWithin(nextValue, state.variable(of("limit")), state.variable(of("step"))),
  };
  const isTaken = byRule(({ when }) => conditions[when]);
  const isPush = t.and(
    isTaken,
    byRule(({ stack }) => t.bool(stack === "push")),
  );
  const isPop = t.and(
    isTaken,
    byRule(({ stack }) => t.bool(stack === "pop")),
  );

  const addresses: Readonly<Record<ControlRule["next"], t.Term>> = {
    following,
    target: of("target"),
    top: state.address(top),
    same: pc,
  };
  const nextPc = t.choose(
    isTaken,
    byRule(({ next }) => addresses[next]),
    following,
  );
  const nextDepth = t.choose(isPush, t.add(depth, t.int(1)), t.choose(isPop, top, depth));
  const isHalting = byRule((rule) => t.bool(rule.halts));
  const nextHalted = t.or(isHalting, t.equal(nextPc, PROGRAM.length));

  const calculations = Object.entries(tables.arithmetic);
  const result = calculations.reduce(
    (rest, [name, calculate]) =>
      t.choose(is(name), calculate(state.variable(of("variable")), operand(0)), rest),
    t.int(0),
  );
  const isArithmetic = t.or(...calculations.map(([name]) => is(name)));

  const isDivision = t.or(is("DIV"), is("MOD"));
  const isOutside = t.or(t.less(result, t.int(INT32_MIN)), t.less(t.int(INT32_MAX), result));
  const isCell = isAmong(operand(0), t.int(0), of("cellCount"));
  /** In the order in which they are found. */
  const faults: (readonly [t.Term, t.Term])[] = [
    [t.less(fuel, of("cost")), t.int(FAULTS.RASTER_LIMIT_FUEL)],
    ...Array.from({ length: MAX_ARGUMENTS }, (_, index) => {
      const fault = operands.fault(t.int(index));
      return [t.not(t.equal(fault, t.int(FAULTS.none))), fault] as const;
    }),
    [t.and(isDivision, t.equal(operand(0), t.int(0))), t.int(FAULTS.RASTER_DIVISION_BY_ZERO)],
    [t.and(isArithmetic, isOutside), t.int(FAULTS.RASTER_OVERFLOW)],
    [t.and(is("FOR"), t.equal(operand(2), t.int(0))), t.int(FAULTS.RASTER_BAD_VALUE)],
    [t.and(isPush, t.atMost(t.int(tables.maxStack), depth)), t.int(FAULTS.RASTER_STACK_OVERFLOW)],
    [t.and(isPop, t.atMost(depth, t.int(0))), t.int(FAULTS.RASTER_STACK_UNDERFLOW)],
  ];
  // The index of a cell is checked before the operand after it.
  faults.splice(2, 0, [t.and(is("SET cell"), t.not(isCell)), t.int(FAULTS.RASTER_BAD_INDEX)]);
  const running = isRunning(state);
  const fault = faults.reduceRight(
    (rest, [condition, number]) => t.choose(t.and(running, condition), number, rest),
    t.int(FAULTS.none),
  );

  const isDone = t.and(running, t.equal(fault, t.int(FAULTS.none)));
  const next = (value: t.Term, old: t.Term): t.Term => t.choose(isDone, value, old);
  const isPushed = (place: t.Term): t.Term => t.and(isPush, t.equal(place, depth));
  return {
    pc: next(nextPc, pc),
    fuel: next(t.subtract(fuel, of("cost")), fuel),
    halted: next(nextHalted, halted),
    depth: next(nextDepth, depth),
    seed: next(t.choose(is("SEED"), operand(0), operands.seed), state.seed),
    address: (place) =>
      next(t.choose(isPushed(place), following, state.address(place)), state.address(place)),
    firstSaved: (place) =>
      next(t.choose(isPushed(place), of("firstLocal"), state.firstSaved(place)), state.firstSaved(place)),
    savedCount: (place) =>
      next(t.choose(isPushed(place), of("localCount"), state.savedCount(place)), state.savedCount(place)),
    saved: (place, local) => {
      const isSaved = t.and(isPushed(place), isAmong(local, t.int(0), of("localCount")));
      const value = state.variable(t.add(of("firstLocal"), local));
      return next(t.choose(isSaved, value, state.saved(place, local)), state.saved(place, local));
    },
    variable: (slot) => {
      const isSlot = (part: "variable" | "limit" | "step"): t.Term => t.equal(slot, of(part));
      const local = t.subtract(slot, of("firstLocal"));
      const argument = t.choose(t.less(local, of("argumentCount")), operands.value(local), t.int(0));
      const restored = state.saved(top, t.subtract(slot, state.firstSaved(top)));
      const changes: readonly (readonly [t.Term, t.Term])[] = [
        [t.and(isArithmetic, isSlot("variable")), result],
        [t.and(is("FOR"), isSlot("step")), operand(2)],
        [t.and(is("FOR"), isSlot("limit")), operand(1)],
        [t.and(is("FOR"), isSlot("variable")), operand(0)],
        [t.and(is("NEXT"), isTaken, isSlot("variable")), nextValue],
        [t.and(isPush, isAmong(slot, of("firstLocal"), of("localCount"))), argument],
        [t.and(isPop, isAmong(slot, state.firstSaved(top), state.savedCount(top))), restored],
      ];
      const old = state.variable(slot);
      return next(
        changes.reduceRight((rest, [condition, value]) => t.choose(condition, value, rest), old),
        old,
      );
    },
    cell: (index) => {
      const isChanged = t.and(is("SET cell"), t.equal(index, t.add(of("firstCell"), operand(0))));
      return next(t.choose(isChanged, operand(1), state.cell(index)), state.cell(index));
    },
    fault,
  };
}

function compare(relation: t.Term, left: t.Term, right: t.Term, { relations }: Tables): t.Term {
  return Object.entries(relations).reduce((rest, [name, outcomes]) => {
    const isRelation = t.equal(relation, t.int(RELATION_NUMBERS.get(name) ?? -1));
    const outcome = t.choose(
      t.less(left, right),
      t.bool(outcomes.less),
      t.choose(t.less(right, left), t.bool(outcomes.greater), t.bool(outcomes.equal)),
    );
    return t.choose(isRelation, outcome, rest);
  }, t.bool(false));
}

/** True if a value of a loop is not beyond its limit, in the direction of its step. */
function isWithin(value: t.Term, limit: t.Term, step: t.Term): t.Term {
  return t.choose(t.less(step, t.int(0)), t.atMost(limit, value), t.atMost(value, limit));
}

/** The quotient, rounded toward zero. */
export function quotient(dividend: t.Term, divisor: t.Term): t.Term {
  return signed(dividend, (size) => t.divide(size, divisor));
}

/** The remainder of {@link quotient}. */
export function remainder(dividend: t.Term, divisor: t.Term): t.Term {
  return signed(dividend, (size) => t.remainder(size, divisor));
}

/**
 * Extends a function of the dividend's magnitude to negative dividends, as an odd function. In SMT-LIB the remainder is
 * never negative; the language rounds toward zero. Both agree on dividends of 0 or more.
 */
function signed(value: t.Term, ofMagnitude: (size: t.Term) => t.Term): t.Term {
  const negated = t.subtract(t.int(0), value);
  const isNegative = t.less(value, t.int(0));
  const magnitude = ofMagnitude(t.choose(isNegative, negated, value));
  return t.choose(isNegative, t.subtract(t.int(0), magnitude), magnitude);
}
