import {
  type Channels,
  type Expression,
  type Insertion,
  type InsertionFormat,
  type IntegerValue,
  OPERATORS,
  type Operator,
  type Reference,
  type Template,
} from "@gvpie/pxl-parser";

import { INT32_MAX, INT32_MIN } from "../machine/arithmetic.ts";
import type { NameKind, Names } from "./names.ts";
import { asArray, asObject, type Fields, integer, Misfit, spanOf, textOf } from "./values.ts";

const OPERATOR_BY_NAME: ReadonlyMap<unknown, Operator> = new Map(
  OPERATORS.map((entry) => [entry.name, entry]),
);
const NUMBERS: readonly NameKind[] = ["parameter", "integer parameter", "variable"];
const MEASURING: ReadonlySet<unknown> = new Set(["textwidth", "textlines"]);
const ACCESSING: ReadonlySet<unknown> = new Set(["index", "len"]);

/** Deepest nesting of right operands. The parser's expressions have at most two in each of 64 pairs of parentheses. */
const MAX_DEPTH = 200;
/** Most operators of a program: objects, unlike source text, may contain one expression many times. */
const MAX_OPERATORS = 1_000_000;

/** Checks the expressions of a program of version 2. */
export class Expressions {
  readonly #names: Names;
  #operators = 0;

  constructor(names: Names) {
    this.#names = names;
  }

  /** Checks an operand that is an integer in a range, a reference or an expression. */
  value(at: string, value: unknown, min: number, max: number): IntegerValue {
    return typeof value === "object" ? this.#open(at, value, 0) : integer(at, value, min, max);
  }

  /** Checks a reference to a name of some kinds. */
  reference(at: string, value: unknown, kinds: readonly NameKind[] = NUMBERS): Reference {
    const { name, span } = asObject(at, value);
    const known = this.#names.use(`${at}.name`, name, kinds);
    return { name: known, span: spanOf(`${at}.span`, asObject(`${at}.span`, span)) };
  }

  channels(at: string, value: Fields): Channels {
    const { red, green, blue, alpha, span } = value;
    const colors = {
      red: this.value(`${at}.red`, red, 0, 255),
      green: this.value(`${at}.green`, green, 0, 255),
      blue: this.value(`${at}.blue`, blue, 0, 255),
      span: spanOf(`${at}.span`, asObject(`${at}.span`, span)),
    };
    return alpha === undefined ? colors : { ...colors, alpha: this.value(`${at}.alpha`, alpha, 0, 255) };
  }

  template(at: string, value: unknown): Template {
    return this.#template(at, value, 0);
  }

  #template(at: string, value: unknown, depth: number): Template {
    if (!Array.isArray(value)) return textOf(at, value);
    const { length } = value;
    if (length === 0) throw new Misfit(at, "a text of at least one piece", value);
    const pieces: (string | Insertion)[] = [];
    for (let i = 0; i < length; i++) {
      const piece: unknown = value[i];
      const place = `${at}[${i}]`;
      pieces.push(typeof piece === "object" ? this.#insertion(place, piece, depth) : textOf(place, piece));
    }
    return pieces;
  }

  #insertion(at: string, given: unknown, depth: number): Insertion {
    const { value, format, span } = asObject(at, given);
    const inserted = {
      value:
        typeof value === "object" ? this.#open(`${at}.value`, value, depth) : int32(`${at}.value`, value),
      span: spanOf(`${at}.span`, asObject(`${at}.span`, span)),
    };
    return format === undefined ? inserted : { ...inserted, format: formatOf(`${at}.format`, format) };
  }

  /** Checks a reference or an expression. Left operands are followed without recursion, as `evaluate` does. */
  #open(at: string, given: unknown, depth: number): Reference | Expression {
    const chain: {
      readonly place: string;
      readonly fields: Fields;
      readonly operands: readonly unknown[];
    }[] = [];
    let place = at;
    let value: unknown = given;
    let hasOperand = true;
    while (typeof value === "object" && value !== null && "operator" in value) {
      const fields = asObject(place, value);
      const operands = asArray(`${place}.operands`, fields["operands"]);
      if (++this.#operators > MAX_OPERATORS) {
        throw new Misfit(at, `at most ${MAX_OPERATORS} operators in a program`, value);
      }
      chain.push({ place, fields, operands });
      hasOperand = operands.length > 0;
      if (!hasOperand) break;
      value = operands[0];
      // The place of an operand deep in a chain would take longer to write than to check.
      if (chain.length < MAX_DEPTH) place = `${place}.operands[0]`;
    }
    let checked: IntegerValue | undefined;
    if (hasOperand) {
      checked = typeof value === "object" ? this.reference(place, value) : int32(place, value);
    }
    for (const link of chain.reverse()) checked = this.#expression(link, checked, depth);
    return checked as Reference | Expression;
  }

  #expression(
    { place: at, fields, operands }: { place: string; fields: Fields; operands: readonly unknown[] },
    first: IntegerValue | undefined,
    depth: number,
  ): Expression {
    const { operator: name, span } = fields;
    const operator = OPERATOR_BY_NAME.get(name);
    if (operator === undefined) throw new Misfit(`${at}.operator`, "the name of an operator", name);
    if (operands.length !== operator.arity) {
      throw new Misfit(`${at}.operands`, `${operator.arity} operands of ${operator.name}`, operands);
    }
    if (depth > MAX_DEPTH) throw new Misfit(at, `at most ${MAX_DEPTH} operators in one another`, fields);
    const checked: IntegerValue[] = first === undefined ? [] : [first];
    if (operator.arity === 2) {
      const second = operands[1];
      const place = `${at}.operands[1]`;
      checked.push(typeof second === "object" ? this.#open(place, second, depth + 1) : int32(place, second));
    }
    return {
      operator: operator.name,
      operands: checked,
      ...(ACCESSING.has(name) ? { name: this.#names.use(`${at}.name`, fields["name"], ["array"]) } : {}),
      ...(MEASURING.has(name) ? { text: this.#measured(`${at}.text`, fields["text"], depth + 1) } : {}),
      span: spanOf(`${at}.span`, asObject(`${at}.span`, span)),
    };
  }

  /** A measured text may be empty. */
  #measured(at: string, value: unknown, depth: number): Template {
    if (depth > MAX_DEPTH) throw new Misfit(at, `at most ${MAX_DEPTH} operators in one another`, value);
    return value === "" ? value : this.#template(at, value, depth);
  }
}

function int32(at: string, value: unknown): number {
  return integer(at, value, INT32_MIN, INT32_MAX);
}

function formatOf(at: string, value: unknown): InsertionFormat {
  const { pad, zero, decimals, group } = asObject(at, value);
  for (const [key, flag] of Object.entries({ zero, group })) {
    if (flag !== undefined && typeof flag !== "boolean") {
      throw new Misfit(`${at}.${key}`, "true or false", flag);
    }
  }
  return {
    ...(pad === undefined ? {} : { pad: integer(`${at}.pad`, pad, 1, 32) }),
    ...(zero === undefined ? {} : { zero: zero as boolean }),
    ...(decimals === undefined ? {} : { decimals: integer(`${at}.decimals`, decimals, 1, 9) }),
    ...(group === undefined ? {} : { group: group as boolean }),
  };
}
