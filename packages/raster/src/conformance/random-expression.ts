import type { Random } from "./prng.ts";

/** An expression in tokens, and a bound of its value's magnitude. */
export interface RandomExpression {
  readonly tokens: readonly string[];
  readonly bound: number;
}

/** A name that an expression may use, and a bound of its value's magnitude. */
export interface BoundedName {
  readonly name: string;
  readonly bound: number;
}

/** An array that an expression may use. */
export interface BoundedArray extends BoundedName {
  readonly length: number;
}

/** Bound of each factor: a sum of products of two is within 32 bits. */
const MOST = 4096;
const DEEPEST = 2;

const BUILT_IN: readonly BoundedName[] = [
  { name: "width", bound: MOST },
  { name: "height", bound: MOST },
  { name: "frame", bound: 65_535 },
  { name: "frames", bound: 65_535 },
  { name: "pitch", bound: 896 },
];

/** Writes random expressions whose evaluation never fails, with every operator. */
export class ExpressionWriter {
  readonly #random: Random;
  readonly #arrays: readonly BoundedArray[];
  readonly #text: () => string;

  /** @param text returns a template without quotes, of at most 20 characters when it is filled. */
  constructor(random: Random, arrays: readonly BoundedArray[], text: () => string) {
    this.#random = random;
    this.#arrays = arrays;
    this.#text = text;
  }

  /** Returns an expression of some of these names, and of built-in ones. */
  expression(names: readonly BoundedName[], depth: number = 0): RandomExpression {
    const random = this.#random;
    const first = this.#product(names, depth);
    const tokens = [...first.tokens];
    let { bound } = first;
    for (let terms = depth === DEEPEST ? 0 : random.pick([0, 0, 1, 1, 2]); terms > 0; terms--) {
      const term = this.#product(names, depth);
      tokens.push(random.pick(["+", "-"]), ...term.tokens);
      bound += term.bound;
    }
    return { tokens, bound };
  }

  /** Returns an element of an array. */
  element(names: readonly BoundedName[], depth: number = DEEPEST - 1): RandomExpression {
    const { name, length, bound } = this.#random.pick(this.#arrays);
    const { tokens } = this.expression(names, depth + 1);
    return { tokens: [`${name}[`, "abs(", ...tokens, ")", "%", String(length), "]"], bound };
  }

  /** Returns an expression from `low` to `high`, which are not negative. */
  between(names: readonly BoundedName[], low: number, high: number): RandomExpression {
    const { tokens } = this.expression(names, 1);
    const range = ["abs(", ...tokens, ")", "%", String(high - low + 1)];
    return { tokens: low === 0 ? range : [...range, "+", String(low)], bound: high };
  }

  /** Writes an expression as the rest of a line, with blanks between some of its tokens. */
  open({ tokens }: RandomExpression): string {
    const blank = (): string => (this.#random.below(2) === 0 ? " " : "");
    return tokens.map((token, i) => (i === 0 ? token : blank() + token)).join("");
  }

  /** Writes an expression as one operand: without blanks, or in braces or parentheses. */
  word(expression: RandomExpression): string {
    const kind = this.#random.below(4);
    if (kind === 0) return `{${this.open(expression)}}`;
    if (kind === 1) return `(${this.open(expression)})`;
    return expression.tokens.join("");
  }

  #product(names: readonly BoundedName[], depth: number): RandomExpression {
    const random = this.#random;
    let { tokens, bound } = this.#factor(names, depth);
    const kind = random.below(8);
    if (kind < 2) {
      const factor = this.#factor(names, depth);
      tokens = [...tokens, "*", ...factor.tokens];
      bound *= factor.bound;
    }
    if (kind === 1 || kind === 2) tokens = [...tokens, "/", String(random.pick([-7, -1, 1, 2, 3, 10]))];
    if (kind === 1 || kind === 3) {
      tokens = [...tokens, "%", String(random.pick([-7, 1, 2, 5, 64]))];
      bound = 64;
    }
    return { tokens, bound };
  }

  /** Returns an expression that binds more than a product, and whose bound is at most {@link MOST}. */
  #factor(names: readonly BoundedName[], depth: number): RandomExpression {
    const { tokens, bound } = this.#primary(names, depth);
    const bounded = bound <= MOST ? tokens : ["(", ...tokens, "%", "1000", ")"];
    // A literal has a minus of its own.
    const isNegated = this.#random.below(8) === 0 && bounded[0]?.startsWith("-") !== true;
    return { tokens: isNegated ? ["-", ...bounded] : bounded, bound: Math.min(bound, MOST) };
  }

  #primary(names: readonly BoundedName[], depth: number): RandomExpression {
    const random = this.#random;
    const inner = (): RandomExpression => this.expression(names, depth + 1);
    switch (depth >= DEEPEST ? random.below(6) : random.below(26)) {
      case 0:
      case 1:
        return literal(random.between(-9, 99));
      case 2:
      case 3:
      case 4:
        return names.length === 0 ? literal(random.below(9)) : named(random.pick(names));
      case 5:
        return named(random.pick(BUILT_IN));
      case 6:
      case 7:
      case 8: {
        const { tokens, bound } = inner();
        return { tokens: ["(", ...tokens, ")"], bound };
      }
      case 9:
      case 10: {
        const { tokens, bound } = inner();
        return { tokens: ["abs(", ...tokens, ")"], bound };
      }
      case 11:
      case 12: {
        const [a, b] = [inner(), inner()];
        const name = random.pick(["min(", "max("]);
        return { tokens: [name, ...a.tokens, ",", ...b.tokens, ")"], bound: Math.max(a.bound, b.bound) };
      }
      case 13: {
        const { tokens, bound } = inner();
        return { tokens: ["sqrt(", "abs(", ...tokens, ")", ")"], bound: Math.ceil(Math.sqrt(bound)) };
      }
      case 14:
      case 15: {
        const [angle, factor] = [inner(), inner()];
        const name = random.pick(["sin(", "cos("]);
        return { tokens: [name, ...angle.tokens, ",", ...factor.tokens, ")"], bound: factor.bound };
      }
      case 16: {
        const n = random.between(1, 99);
        return { tokens: ["rand(", String(n), ")"], bound: n };
      }
      case 17: {
        const { name, length } = random.pick(this.#arrays);
        return { tokens: ["len(", name, ")"], bound: length };
      }
      case 18:
      case 19:
        return this.element(names, depth);
      case 20:
        // 20 characters of 8 pixels at a scale of 64.
        return { tokens: ["textwidth(", `"${this.#text()}"`, ")"], bound: 10_240 };
      case 21: {
        const width = String(random.between(0, 99));
        return { tokens: ["textlines(", `"${this.#text()}"`, ",", width, ")"], bound: 20 };
      }
      default:
        return names.length === 0 ? literal(random.below(9)) : named(random.pick(names));
    }
  }
}

function literal(value: number): RandomExpression {
  return { tokens: [String(value)], bound: Math.abs(value) };
}

function named({ name, bound }: BoundedName): RandomExpression {
  return { tokens: [name], bound };
}
