import { DIGIT_0, isBlank } from "./characters.ts";
import type { PxlErrorCode } from "./errors.ts";
import type { LineColumns } from "./line-columns.ts";
import { MAX_NAME_LENGTH } from "./names.ts";
import { INT32, type Insertion, type InsertionFormat, type IntegerValue, type Template } from "./operands.ts";
import { OPERATORS, type OperatorName } from "./operator-table.ts";

/** Greatest nesting of parentheses, indexes, functions and minus signs in an expression. */
const MAX_DEPTH = 64;

const FUNCTIONS: ReadonlyMap<string, OperatorName> = new Map(
  OPERATORS.filter(({ kind }) => kind === "function").map(({ name }) => [name, name]),
);
const SIGNATURES: ReadonlyMap<string, string> = new Map(
  OPERATORS.map(({ name, signature }) => [name, signature]),
);
const ARITIES: ReadonlyMap<string, number> = new Map(OPERATORS.map(({ name, arity }) => [name, arity]));

/** A range of code units, `end` exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A value and where it is written. */
export interface Item extends Range {
  readonly value: IntegerValue;
}

/** Gives names their meaning, and receives the faults of an expression that is well formed. */
export interface Names {
  /** Returns the value of a name. */
  valueOf(name: string, place: Range): IntegerValue;
  /** Returns the name of an array in the program. */
  arrayOf(name: string, place: Range): string;
  report(code: PxlErrorCode, place: Range, expected: () => string): void;
}

/** The place where an expression is not well formed. */
export interface Problem {
  readonly index: number;
  readonly expected: string;
  /** True if it has been reported. */
  readonly isReported: boolean;
}

/**
 * Reads expressions. Blanks between tokens are allowed in brackets, and elsewhere if the context is open; the expression
 * is the longest one. Chains of operators are read in a loop, so that only nesting takes stack.
 */
export class ExpressionReader {
  /** Code unit after what was read most recently. */
  index = 0;
  /** Set if the most recent read returned `undefined`. */
  problem: Problem | undefined;
  readonly #source: string;
  readonly #columns: LineColumns;
  readonly #names: Names;
  #end: number;
  #depth = 0;
  /** Open brackets, and one more in an open context: blanks are skipped if it is not 0. */
  #brackets = 0;

  constructor(source: string, end: number, columns: LineColumns, names: Names) {
    this.#source = source;
    this.#end = end;
    this.#columns = columns;
    this.#names = names;
  }

  /** Reads an operand: an expression, or one in braces. Returns `undefined` if it is not well formed. */
  readOperand(start: number, isOpen: boolean): Item | undefined {
    this.index = start;
    this.problem = undefined;
    this.#depth = 0;
    this.#brackets = isOpen ? 1 : 0;
    return this.#at(start) === "{" ? this.#braces(start) : this.#sum();
  }

  /** Reads `[index]` of an array, `start` being the bracket. */
  readIndex(start: number): Item | undefined {
    this.index = start + 1;
    this.problem = undefined;
    this.#depth = 0;
    this.#brackets = 1;
    return this.#index();
  }

  /** Reads a text with insertions, from `start` to `end`. Reports the faults of each. */
  readTemplate(start: number, end: number): Template {
    this.#depth = 0;
    return this.#template(start, end);
  }

  #at(index: number): string {
    return index < this.#end ? this.#source.charAt(index) : "";
  }

  #skip(): void {
    if (this.#brackets === 0) return;
    while (this.index < this.#end && isBlank(this.#source.charCodeAt(this.index))) this.index++;
  }

  #fail(expected: string): undefined {
    this.problem ??= { index: this.index, expected, isReported: false };
    return undefined;
  }

  #enter(): boolean {
    if (this.#depth === MAX_DEPTH) {
      const place = { start: this.index, end: this.index + 1 };
      this.#names.report("PXL_TOO_DEEP", place, () => `expected at most ${MAX_DEPTH} levels of nesting`);
      this.problem ??= { index: this.index, expected: "less nesting", isReported: true };
      return false;
    }
    this.#depth++;
    return true;
  }

  /** Moves past a character, or fails. */
  #expect(character: string): boolean {
    this.#skip();
    if (this.#at(this.index) !== character) {
      this.#fail(`"${character}"`);
      return false;
    }
    this.index++;
    return true;
  }

  #braces(start: number): Item | undefined {
    this.#brackets++;
    this.index = start + 1;
    this.#skip();
    const nameEnd = this.#findNameEnd(this.index);
    const name = this.#source.slice(this.index, nameEnd);
    const from = this.index;
    this.index = nameEnd;
    this.#skip();
    if (name !== "" && name.length <= MAX_NAME_LENGTH && this.#at(this.index) === "}") {
      this.#brackets--;
      const place = { start, end: ++this.index };
      return { value: this.#names.valueOf(name, place), ...place };
    }
    this.index = from;
    const item = this.#sum();
    if (item === undefined || !this.#expect("}")) return undefined;
    this.#brackets--;
    return { value: item.value, start, end: this.index };
  }

  #sum(): Item | undefined {
    let left = this.#product();
    while (left !== undefined) {
      const operator = this.#operator("+", "-", "-");
      if (operator === undefined) return left;
      left = this.#combine(operator, left, this.#product());
    }
    return undefined;
  }

  #product(): Item | undefined {
    let left = this.#unary();
    while (left !== undefined) {
      const operator = this.#operator("*", "/", "%");
      if (operator === undefined) return left;
      left = this.#combine(operator, left, this.#unary());
    }
    return undefined;
  }

  /** Moves past one of three operators, and the blanks after it. */
  #operator<Name extends OperatorName>(a: Name, b: Name, c: Name): Name | undefined {
    const before = this.index;
    this.#skip();
    const found = this.#at(this.index);
    if (found === a || found === b || found === c) {
      this.index++;
      this.#skip();
      return found as Name;
    }
    this.index = before;
    return undefined;
  }

  #combine(operator: OperatorName, left: Item, right: Item | undefined): Item | undefined {
    return right === undefined ? undefined : this.#node(operator, [left, right], left.start, right.end);
  }

  #node(
    operator: OperatorName,
    operands: readonly Item[],
    start: number,
    end: number,
    more: { readonly name?: string; readonly text?: Template } = {},
  ): Item {
    const values = operands.map((operand) => this.#int32(operand));
    return {
      value: { operator, operands: values, ...more, span: this.#columns.span(start, end) },
      start,
      end,
    };
  }

  /** Reports a literal that is too large for a part of an expression. */
  #int32(item: Item): IntegerValue {
    const { value } = item;
    if (typeof value === "number" && (value < INT32.min || value > INT32.max)) {
      const expected = (): string => `expected an integer from ${INT32.min} to ${INT32.max}`;
      this.#names.report("PXL_OUT_OF_RANGE", item, expected);
    }
    return value;
  }

  #unary(): Item | undefined {
    const start = this.index;
    if (this.#at(start) !== "-") return this.#primary();
    if (!this.#enter()) return undefined;
    this.index++;
    this.#skip();
    if (this.#at(this.index) === "-") return this.#fail("a value");
    const isLiteral = isDigit(this.#source.charCodeAt(this.index)) && this.index < this.#end;
    const operand = this.#primary();
    this.#depth--;
    if (operand === undefined) return undefined;
    // Subtraction turns "-0" into 0; negation would give −0.
    if (isLiteral) return { value: 0 - (operand.value as number), start, end: operand.end };
    return this.#node("negate", [operand], start, operand.end);
  }

  #primary(): Item | undefined {
    const start = this.index;
    if (start >= this.#end) return this.#fail("a value");
    const codeUnit = this.#source.charCodeAt(start);
    if (isDigit(codeUnit)) return this.#number(start);
    if (this.#at(start) === "(") {
      if (!this.#enter()) return undefined;
      this.index++;
      this.#brackets++;
      this.#skip();
      const inner = this.#sum();
      if (inner === undefined || !this.#expect(")")) return undefined;
      this.#brackets--;
      this.#depth--;
      return { value: inner.value, start, end: this.index };
    }
    const end = this.#findNameEnd(start);
    if (end === start) return this.#fail("a value");
    if (end - start > MAX_NAME_LENGTH) return this.#fail(`a name of at most ${MAX_NAME_LENGTH} characters`);
    const name = this.#source.slice(start, end);
    const place = { start, end };
    this.index = end;
    if (this.#at(end) === "(") return this.#call(name, place);
    if (this.#at(end) !== "[") return { value: this.#names.valueOf(name, place), start, end };
    if (!this.#enter()) return undefined;
    this.index++;
    this.#brackets++;
    const index = this.#index();
    if (index === undefined) return undefined;
    this.#brackets--;
    this.#depth--;
    return this.#node("index", [index], start, this.index, { name: this.#names.arrayOf(name, place) });
  }

  #index(): Item | undefined {
    this.#skip();
    const item = this.#sum();
    return item !== undefined && this.#expect("]") ? item : undefined;
  }

  #number(start: number): Item {
    let index = start;
    let value = 0;
    // Exact up to 2⁵³, far beyond every range; a longer number, even Infinity, is still out of range.
    for (; index < this.#end; index++) {
      const codeUnit = this.#source.charCodeAt(index);
      if (!isDigit(codeUnit)) break;
      value = value * 10 + codeUnit - DIGIT_0;
    }
    this.index = index;
    return { value, start, end: index };
  }

  /** Reads the arguments of a function, from the parenthesis. */
  #call(name: string, place: Range): Item | undefined {
    if (!this.#enter()) return undefined;
    this.index++;
    this.#brackets++;
    const operator = FUNCTIONS.get(name);
    if (operator === undefined) {
      const known = [...FUNCTIONS.keys()];
      this.#names.report(
        "PXL_UNKNOWN_FUNCTION",
        place,
        () => `expected one of the functions ${known.join(" ")}`,
      );
    }
    this.#skip();
    const more: { name?: string; text?: Template } = {};
    let count = 0;
    if (operator === "len") {
      const start = this.index;
      const end = this.#findNameEnd(start);
      if (end === start) return this.#fail("the name of an array");
      this.index = end;
      more.name = this.#names.arrayOf(this.#source.slice(start, end), { start, end });
    } else if (operator === "textwidth" || operator === "textlines") {
      const text = this.#text();
      if (text === undefined) return undefined;
      more.text = text;
    }
    const items: Item[] = [];
    const arity = ARITIES.get(name) ?? Infinity;
    let isFirst = more.name === undefined && more.text === undefined;
    for (this.#skip(); this.#at(this.index) !== ")"; this.#skip()) {
      if (isFirst) {
        isFirst = false;
      } else {
        if (this.#at(this.index) !== ",") return this.#fail('"," or ")"');
        this.index++;
        this.#skip();
      }
      const item = this.#sum();
      if (item === undefined) return undefined;
      count++;
      if (count <= arity) items.push(item);
    }
    this.index++;
    this.#brackets--;
    this.#depth--;
    const whole = { start: place.start, end: this.index };
    if (operator !== undefined && count !== arity) {
      this.#names.report("PXL_ARGUMENT_COUNT", whole, () => `expected ${SIGNATURES.get(name) ?? name}`);
    }
    return this.#node(operator ?? "+", items, whole.start, whole.end, more);
  }

  /** Reads the name of a text or a text in quotes. */
  #text(): Template | undefined {
    const start = this.index;
    if (this.#at(start) === '"') {
      let end = start + 1;
      while (end < this.#end && this.#source.charAt(end) !== '"') end++;
      if (end >= this.#end) return this.#fail('a closing quote (")');
      const text = this.#template(start + 1, end);
      this.index = end + 1;
      return text;
    }
    const end = this.#findNameEnd(start);
    if (end === start) return this.#fail("the name of a parameter or a text in quotes");
    this.index = end;
    const value = this.#names.valueOf(this.#source.slice(start, end), { start, end });
    return [{ value, span: this.#columns.span(start, end) }];
  }

  #template(start: number, end: number): Template {
    const source = this.#source;
    const pieces: (string | Insertion)[] = [];
    let literal = "";
    let pending = start;
    let index = start;
    while (index < end) {
      if (source.charAt(index) !== "{") {
        index++;
        continue;
      }
      literal += source.slice(pending, index);
      if (index + 1 < end && source.charAt(index + 1) === "{") {
        literal += "{";
        index += 2;
        pending = index;
        continue;
      }
      const insertion = this.#insertion(index, end);
      index = this.index;
      pending = index;
      if (insertion === undefined) continue;
      if (literal !== "") pieces.push(literal);
      literal = "";
      pieces.push(insertion);
    }
    literal += source.slice(pending, end);
    if (pieces.length === 0) return literal;
    if (literal !== "") pieces.push(literal);
    return pieces;
  }

  /** Reads `{expression}` or `{expression:format}`; reports it and moves past its brace if it is not well formed. */
  #insertion(start: number, end: number): Insertion | undefined {
    const outer = { end: this.#end, brackets: this.#brackets, depth: this.#depth, problem: this.problem };
    this.#end = end;
    this.#brackets = 1;
    this.index = start + 1;
    this.problem = undefined;
    this.#skip();
    const item = this.#sum();
    let format: InsertionFormat | undefined;
    if (item !== undefined) {
      this.#skip();
      if (this.#at(this.index) === ":") format = this.#format();
      if (this.problem === undefined) this.#expect("}");
    }
    const problem = this.problem as Problem | undefined;
    this.#end = outer.end;
    this.#brackets = outer.brackets;
    this.#depth = outer.depth;
    this.problem = outer.problem;
    if (item !== undefined && problem === undefined) {
      const value = this.#int32(item);
      const span = this.#columns.span(start, this.index);
      return format === undefined ? { value, span } : { value, format, span };
    }
    let close = start + 1;
    while (close < end && this.#source.charAt(close) !== "}") close++;
    this.index = Math.min(close + 1, end);
    if (problem?.isReported !== true) {
      const place = { start, end: this.index };
      const wanted = problem?.expected ?? "a value";
      this.#names.report(
        "PXL_BAD_TEMPLATE",
        place,
        () => `expected {expression}, {expression:format} or {{ for a brace; ${wanted} is missing`,
      );
    }
    return undefined;
  }

  /** Reads the format from the colon to the brace. */
  #format(): InsertionFormat | undefined {
    const start = ++this.index;
    while (this.index < this.#end && this.#source.charAt(this.index) !== "}") this.index++;
    const match = /^(0?)([1-9][0-9]?)?(,?)(?:\.([1-9]))?$/.exec(
      this.#source.slice(start, this.index).slice(0, 8),
    );
    const [whole = "", zero, pad, comma, decimals] = match ?? [];
    const isValid =
      whole.length === this.index - start &&
      whole !== "" &&
      Number(pad ?? 1) <= 32 &&
      !(zero !== "" && (pad === undefined || comma !== ""));
    if (!isValid) {
      this.index = start;
      return this.#fail("a format such as 02, 4, .2 or , after the colon, which");
    }
    return {
      ...(pad === undefined ? {} : { pad: Number(pad) }),
      ...(zero === "" ? {} : { zero: true }),
      ...(decimals === undefined ? {} : { decimals: Number(decimals) }),
      ...(comma === "" ? {} : { group: true }),
    };
  }

  /** Returns the index after the name at `start`; `start` if there is none. */
  #findNameEnd(start: number): number {
    let end = start;
    while (end < this.#end) {
      const codeUnit = this.#source.charCodeAt(end);
      if (!isLetter(codeUnit) && (end === start || !isDigit(codeUnit))) break;
      end++;
    }
    return end;
  }
}

function isDigit(codeUnit: number): boolean {
  return codeUnit >= DIGIT_0 && codeUnit <= DIGIT_0 + 9;
}

/** True for A–Z, a–z and _. */
function isLetter(codeUnit: number): boolean {
  const lower = codeUnit | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || codeUnit === 0x5f;
}
