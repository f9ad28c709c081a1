import type { OperatorName } from "@gvpie/pxl-parser";

import { INT32_MAX, INT32_MIN } from "../../src/machine/arithmetic.ts";
import { FAULTS, isAmong, quotient, remainder } from "./encoding.ts";
import { t } from "@gvpie/testing/smt";

/** The operands and the surroundings of an operator, as symbols. */
export const OPERATION = {
  a: t.symbol("a", "Int"),
  b: t.symbol("b", "Int"),
  /** The result of an operator that no formula calculates. */
  result: t.symbol("result", "Int"),
  /** The cells of the machine, and those of the operator's array. */
  cells: t.symbol("cells", "Array"),
  firstCell: t.symbol("firstCell", "Int"),
  cellCount: t.symbol("cellCount", "Int"),
  /** The sines of 0° to 90° in units of 1/65536. */
  sines: t.symbol("sines", "Array"),
} as const;

/** An operator, for any operands. */
export interface OperatorTerms {
  /** Before the check for overflow. */
  readonly value: t.Term;
  /** One of {@link FAULTS}. */
  readonly fault: t.Term;
  /** A condition on the result of {@link OPERATION}, for a value that is that result. */
  readonly constraint: t.Term;
}

const ZERO = t.int(0);
const { a, b, result } = OPERATION;

/** Returns the formulas of an operator. */
export function encodeOperator(name: OperatorName): OperatorTerms {
  const { value, fails = [], constraint = t.bool(true) } = FORMULAS[name];
  const isOutside = t.or(t.less(value, t.int(INT32_MIN)), t.less(t.int(INT32_MAX), value));
  const faults = [...fails, [isOutside, "RASTER_OVERFLOW"] as const];
  const fault = faults.reduceRight(
    (rest, [condition, found]) => t.choose(condition, t.int(FAULTS[found]), rest),
    t.int(FAULTS.none),
  );
  return { value, fault, constraint };
}

interface Formula {
  readonly value: t.Term;
  readonly fails?: readonly (readonly [t.Term, keyof typeof FAULTS])[];
  readonly constraint?: t.Term;
}

const byZero = [[t.equal(b, ZERO), "RASTER_DIVISION_BY_ZERO"]] as const;
/** A value that no formula calculates: a size of a text or the canvas, the number of a frame. */
const measured: Formula = { value: result, constraint: t.atMost(ZERO, result) };

const FORMULAS: Readonly<Record<OperatorName, Formula>> = {
  "+": { value: t.add(a, b) },
  "-": { value: t.subtract(a, b) },
  "*": { value: t.multiply(a, b) },
  "/": { value: quotient(a, b), fails: byZero },
  "%": { value: remainder(a, b), fails: byZero },
  negate: { value: t.subtract(ZERO, a) },
  min: { value: t.choose(t.less(a, b), a, b) },
  max: { value: t.choose(t.less(b, a), a, b) },
  abs: { value: t.choose(t.less(a, ZERO), t.subtract(ZERO, a), a) },
  sqrt: {
    value: result,
    fails: [[t.less(a, ZERO), "RASTER_BAD_VALUE"]],
    constraint: t.and(
      t.atMost(ZERO, result),
      // Follows from the next line, but helps the solver.
      t.atMost(result, a),
      t.atMost(t.multiply(result, result), a),
      t.less(a, t.multiply(t.add(result, t.int(1)), t.add(result, t.int(1)))),
    ),
  },
  sin: { value: scaled(sine(a), b) },
  cos: { value: scaled(sine(t.add(t.remainder(a, t.int(360)), t.int(90))), b) },
  rand: {
    value: result,
    fails: [[t.less(a, t.int(1)), "RASTER_BAD_VALUE"]],
    constraint: t.and(t.atMost(ZERO, result), t.less(result, a)),
  },
  len: { value: OPERATION.cellCount },
  index: {
    value: t.select(OPERATION.cells, t.add(OPERATION.firstCell, a)),
    fails: [[t.not(isAmong(a, ZERO, OPERATION.cellCount)), "RASTER_BAD_INDEX"]],
  },
  textwidth: measured,
  textlines: measured,
  width: measured,
  height: measured,
  frame: measured,
  frames: measured,
  pitch: measured,
};

/** Returns the sine of an integer number of degrees, in units of 1/65536. */
export function sine(degrees: t.Term): t.Term {
  const turn = t.remainder(degrees, t.int(360));
  const half = t.remainder(turn, t.int(180));
  const quarter = t.choose(t.less(t.int(90), half), t.subtract(t.int(180), half), half);
  const found = t.select(OPERATION.sines, quarter);
  return t.choose(t.less(turn, t.int(180)), found, t.subtract(ZERO, found));
}

function scaled(number: t.Term, factor: t.Term): t.Term {
  return rounded(t.multiply(number, factor));
}

/** Returns a number of units of 1/65536, rounded to the nearest integer, halves away from zero. */
export function rounded(number: t.Term): t.Term {
  const isNegative = t.less(number, ZERO);
  const size = t.choose(isNegative, t.subtract(ZERO, number), number);
  const nearest = t.divide(t.add(t.multiply(t.int(2), size), t.int(65_536)), t.int(131_072));
  return t.choose(isNegative, t.subtract(ZERO, nearest), nearest);
}
