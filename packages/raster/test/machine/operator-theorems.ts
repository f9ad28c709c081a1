import { OPERATORS, type OperatorName } from "@gvpie/pxl-parser";

import { FAULTS } from "./encoding.ts";
import { encodeOperator, OPERATION, rounded, sine } from "./operator-formulas.ts";
import { t, type Theorem } from "@gvpie/testing/smt";

const ZERO = t.int(0);
const INT32 = { min: t.int(-(2 ** 31)), max: t.int(2 ** 31 - 1) };
const UNIT = t.int(65_536);
const { a, b, result } = OPERATION;

function isBetween(least: t.Term, term: t.Term, most: t.Term): t.Term {
  return t.and(t.atMost(least, term), t.atMost(term, most));
}

function isInt32(term: t.Term): t.Term {
  return isBetween(INT32.min, term, INT32.max);
}

function sizeOf(term: t.Term): t.Term {
  return t.choose(t.less(term, ZERO), t.subtract(ZERO, term), term);
}

/** Returns the theorems about the operators of expressions. */
export function operatorTheorems(): Theorem[] {
  const cell = t.select(OPERATION.cells, t.add(OPERATION.firstCell, a));
  const length = t.and(t.atMost(ZERO, OPERATION.cellCount), t.atMost(OPERATION.cellCount, t.int(65_536)));
  const isFault = (name: OperatorName, fault: keyof typeof FAULTS): t.Term =>
    t.equal(encodeOperator(name).fault, t.int(FAULTS[fault]));
  /** The operator has a value, which is that of its definition, where a condition holds, and fails elsewhere. */
  const has = (
    says: string,
    name: OperatorName,
    definition: t.Term,
    when: t.Term = t.bool(true),
    otherwise: keyof typeof FAULTS = "RASTER_OVERFLOW",
  ): Theorem => {
    const { value, constraint } = encodeOperator(name);
    return {
      says,
      assume: [isInt32(a), isInt32(b), constraint],
      conclude: t.choose(
        when,
        t.choose(isInt32(value), t.and(isFault(name, "none"), definition), isFault(name, "RASTER_OVERFLOW")),
        isFault(name, otherwise),
      ),
    };
  };
  const valueOf = (name: OperatorName): t.Term => encodeOperator(name).value;
  const is = (name: OperatorName, value: t.Term): t.Term => t.equal(valueOf(name), value);
  const isTurn = (degrees: t.Term): t.Term =>
    t.and(t.less(t.int(-361), degrees), t.less(degrees, t.int(361)));
  const quarters = Array.from({ length: 91 }, (_, d) => t.select(OPERATION.sines, t.int(d)));
  return [
    ...OPERATORS.map(({ name, signature }): Theorem => {
      const { value, fault, constraint } = encodeOperator(name);
      return {
        says: `${signature} has a value in −2³¹ … 2³¹−1, or fails`,
        assume: [isInt32(a), isInt32(b), constraint, length, isInt32(cell)],
        conclude: t.or(isInt32(value), t.not(t.equal(fault, t.int(FAULTS.none)))),
      };
    }),
    has("a + b is the sum, or fails with RASTER_OVERFLOW", "+", t.equal(t.subtract(valueOf("+"), b), a)),
    has("a - b is the difference, or fails with RASTER_OVERFLOW", "-", t.equal(t.add(valueOf("-"), b), a)),
    has("a * b is the product, or fails with RASTER_OVERFLOW", "*", is("*", t.multiply(b, a))),
    has(
      "a / b and a % b are the quotient and the remainder: q · b + r = a, with r nearer to 0 than b and with the sign of a; only b = 0 and −2³¹ / −1 fail",
      "/",
      t.and(
        t.equal(t.add(t.multiply(valueOf("/"), b), valueOf("%")), a),
        t.less(sizeOf(valueOf("%")), sizeOf(b)),
        t.implies(t.less(ZERO, valueOf("%")), t.less(ZERO, a)),
        t.implies(t.less(valueOf("%"), ZERO), t.less(a, ZERO)),
      ),
      t.not(t.equal(b, ZERO)),
      "RASTER_DIVISION_BY_ZERO",
    ),
    has(
      "-a is the negative, and fails only for −2³¹",
      "negate",
      t.equal(t.add(valueOf("negate"), a), ZERO),
      t.not(t.equal(a, INT32.min)),
    ),
    has(
      "min(a, b) is the lesser one",
      "min",
      t.and(t.atMost(valueOf("min"), a), t.atMost(valueOf("min"), b), t.or(is("min", a), is("min", b))),
    ),
    has(
      "max(a, b) is the greater one",
      "max",
      t.and(t.atMost(a, valueOf("max")), t.atMost(b, valueOf("max")), t.or(is("max", a), is("max", b))),
    ),
    has(
      "abs(a) is a without its sign, and fails only for −2³¹",
      "abs",
      t.and(t.atMost(ZERO, valueOf("abs")), t.or(is("abs", a), is("abs", t.subtract(ZERO, a)))),
      t.not(t.equal(a, INT32.min)),
    ),
    has(
      "sqrt(a) is the r ≥ 0 with r² ≤ a < (r + 1)², and fails only for a < 0",
      "sqrt",
      t.and(
        t.atMost(ZERO, result),
        t.atMost(t.multiply(result, result), a),
        t.less(a, t.add(t.multiply(result, result), t.add(t.multiply(t.int(2), result), t.int(1)))),
      ),
      t.atMost(ZERO, a),
      "RASTER_BAD_VALUE",
    ),
    has(
      "rand(n) is one of 0 … n − 1, and fails only for n < 1",
      "rand",
      t.and(t.atMost(ZERO, valueOf("rand")), t.less(valueOf("rand"), a)),
      t.less(ZERO, a),
      "RASTER_BAD_VALUE",
    ),
    has(
      "name[i] is the cell, and fails with RASTER_BAD_INDEX outside 0 … len(name) − 1",
      "index",
      is("index", cell),
      t.and(t.atMost(ZERO, a), t.less(a, valueOf("len"))),
      "RASTER_BAD_INDEX",
    ),
    {
      says: "the vectors of all degrees are in −65536 … 65536",
      assume: [...quarters.map((quarter) => isBetween(ZERO, quarter, UNIT)), isInt32(a)],
      conclude: t.atMost(sizeOf(sine(a)), UNIT),
    },
    {
      says: "sin(d, r) and cos(d, r) are r · v / 65536, to the nearest integer, halves away from zero",
      assume: [],
      conclude: t.and(
        t.atMost(
          t.subtract(t.multiply(t.int(2), sizeOf(a)), UNIT),
          t.multiply(t.multiply(t.int(2), UNIT), sizeOf(rounded(a))),
        ),
        t.less(
          t.multiply(t.multiply(t.int(2), UNIT), sizeOf(rounded(a))),
          t.add(t.add(t.multiply(t.int(2), sizeOf(a)), UNIT), t.int(1)),
        ),
        t.implies(t.less(ZERO, a), t.atMost(ZERO, rounded(a))),
        t.implies(t.less(a, ZERO), t.atMost(rounded(a), ZERO)),
      ),
    },
    {
      says: "they are within −|r| … |r|, because |v| ≤ 65536",
      assume: [t.atMost(sizeOf(a), t.multiply(UNIT, sizeOf(b)))],
      conclude: t.atMost(sizeOf(rounded(a)), sizeOf(b)),
    },
    {
      says: "sin(d + 360, r) = sin(d, r), sin(d + 180, r) = −sin(d, r), sin(180 − d, r) = sin(d, r), cos(d, r) = sin(d + 90, r): for the vectors, at all degrees",
      assume: [isInt32(a)],
      conclude: t.and(
        t.equal(sine(t.add(a, t.int(360))), sine(a)),
        t.equal(sine(t.add(a, t.int(180))), t.subtract(ZERO, sine(a))),
        t.equal(sine(t.add(t.remainder(a, t.int(360)), t.int(90))), sine(t.add(a, t.int(90)))),
        t.implies(
          t.and(isTurn(a), t.equal(quarters[0] as t.Term, ZERO)),
          t.equal(sine(t.subtract(t.int(180), a)), sine(a)),
        ),
      ),
    },
  ];
}
