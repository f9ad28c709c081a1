import type { Expression, IntegerValue } from "@gvpie/pxl-parser";

import { INT32_MAX, INT32_MIN } from "./arithmetic.ts";
import { badCell, badOperand, divisionByZero, overflow } from "./failures.ts";
import { OPERATOR_EFFECTS } from "./operators.ts";
import { nextSeed, randomOf } from "./random.ts";
import { cellsOf, measuredText, resolveInt32, type Scope } from "./resolve.ts";

/**
 * Returns the value of an expression: its operands are evaluated from left to right, then its operator is applied. An
 * expression of a million sums is a chain of left operands, so the chain is followed without recursion.
 *
 * @throws {RasterError} with the place of the operator's expression, or of the reference that has no integer.
 */
export function evaluate(expression: Expression, scope: Scope): number {
  const chain: Expression[] = [];
  let leftmost: IntegerValue | undefined = expression;
  while (typeof leftmost === "object" && "operator" in leftmost) {
    chain.push(leftmost);
    leftmost = leftmost.operands[0];
  }
  // The innermost operator may have no operand.
  let value = leftmost === undefined ? 0 : resolveInt32(leftmost, scope);
  for (let i = chain.length - 1; i >= 0; i--) {
    const current = chain[i] as Expression;
    const second = current.operands[1];
    value = applyOperator(current, value, second === undefined ? 0 : resolveInt32(second, scope), scope);
  }
  return value;
}

/** Returns the result of an operator. Those of the language have at most two operands. */
export function applyOperator(expression: Expression, a: number, b: number, scope: Scope): number {
  const effect = OPERATOR_EFFECTS[expression.operator];
  switch (effect.kind) {
    case "calculation": {
      if (effect.least !== undefined && a < effect.least) throw badOperand(expression, effect.least, a);
      const result = effect.calculate(a, b);
      if (!Number.isFinite(result)) throw divisionByZero(expression, a);
      if (result < INT32_MIN || result > INT32_MAX) throw overflow(expression, a, b);
      // Turns −0 into 0.
      return result + 0;
    }
    case "constant":
      return effect.read(scope.surroundings, scope.pen);
    case "random":
      if (a < effect.least) throw badOperand(expression, effect.least, a);
      scope.seed = nextSeed(scope.seed);
      return randomOf(scope.seed, a);
    case "length":
      return cellsOf(expression, scope).length;
    case "cell": {
      const cells = cellsOf(expression, scope);
      if (a < 0 || a >= cells.length) throw badCell(expression, expression.span, a, cells.length);
      return cells[a] as number;
    }
    case "measure": {
      const result = effect.measure(measuredText(expression, scope), scope.pen, a);
      // A text of more glyphs than the default limit may be that wide.
      if (result > INT32_MAX) throw overflow(expression);
      return result;
    }
  }
}
