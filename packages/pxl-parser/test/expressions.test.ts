// Expressions are written by a printer of their own, read, and evaluated on both sides.
import { parseProgram, type IntegerValue, type Reference } from "@gvpie/pxl-parser";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

type Sign = "+" | "-" | "*" | "/" | "%";

type Tree =
  | { readonly kind: "literal"; readonly value: number }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "binary"; readonly sign: Sign; readonly left: Tree; readonly right: Tree }
  | { readonly kind: "negate"; readonly operand: Tree }
  | { readonly kind: "call"; readonly name: "min" | "max" | "abs"; readonly args: readonly Tree[] };

const VALUES: Readonly<Record<string, bigint>> = { a: 7n, bc: -3n, min: 11n, width: 2n };
const HEAD = Object.entries(VALUES).map(([name, value]) => `SET ${name} ${value}`);

const tree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ kind: fc.constant("literal" as const), value: fc.integer({ min: -20, max: 2 ** 31 - 1 }) }),
    fc.record({ kind: fc.constant("name" as const), name: fc.constantFrom(...Object.keys(VALUES)) }),
    fc.record({
      kind: fc.constant("binary" as const),
      sign: fc.constantFrom<Sign>("+", "-", "*", "/", "%"),
      left: tie("tree"),
      right: tie("tree"),
    }),
    fc.record({ kind: fc.constant("negate" as const), operand: tie("tree") }),
    fc.record({
      kind: fc.constant("call" as const),
      name: fc.constantFrom("min" as const, "max" as const),
      args: fc.tuple(tie("tree"), tie("tree")),
    }),
    fc.record({
      kind: fc.constant("call" as const),
      name: fc.constant("abs" as const),
      args: fc.tuple(tie("tree")),
    }),
  ),
})).tree;

const PRECEDENCE: Readonly<Record<Sign, number>> = { "+": 1, "-": 1, "*": 2, "/": 2, "%": 2 };

/** Writes a tree with the parentheses that it needs, and `blank()` between tokens. */
function print(node: Tree, blank: () => string, least = 0): string {
  switch (node.kind) {
    case "literal":
      // A minus before digits is a part of them, but it may not follow another minus.
      return node.value < 0 && least > 2 ? `(${blank()}${node.value})` : String(node.value);
    case "name":
      return node.name;
    case "negate": {
      // -5 would be a literal; the parentheses make it an operator.
      const inner =
        node.operand.kind === "literal" ? `(${node.operand.value})` : print(node.operand, blank, 4);
      return least > 2 ? `(${blank()}-${blank()}${inner})` : `-${blank()}${inner}`;
    }
    case "call":
      return `${node.name}(${node.args.map((arg) => blank() + print(arg, blank)).join(`${blank()},`)})`;
    case "binary": {
      const own = PRECEDENCE[node.sign];
      const left = print(node.left, blank, own);
      const text = `${left}${blank()}${node.sign}${blank()}${print(node.right, blank, own + 1)}`;
      return own < least ? `(${text}${blank()})` : text;
    }
  }
}

const INFINITE = Symbol("a division by 0");

function apply(operator: string, operands: readonly bigint[]): bigint {
  const [a = 0n, b = 0n] = operands;
  if ((operator === "/" || operator === "%") && b === 0n) throw INFINITE;
  const results: Record<string, () => bigint> = {
    "+": () => a + b,
    "-": () => a - b,
    "*": () => a * b,
    "/": () => a / b,
    "%": () => a % b,
    negate: () => -a,
    min: () => (a < b ? a : b),
    max: () => (a > b ? a : b),
    abs: () => (a < 0n ? -a : a),
  };
  return results[operator]?.() ?? 0n;
}

function evaluateTree(node: Tree): bigint {
  switch (node.kind) {
    case "literal":
      return BigInt(node.value);
    case "name":
      return VALUES[node.name] ?? 0n;
    case "negate":
      return apply("negate", [evaluateTree(node.operand)]);
    case "call":
      return apply(node.name, node.args.map(evaluateTree));
    case "binary":
      return apply(node.sign, [evaluateTree(node.left), evaluateTree(node.right)]);
  }
}

function evaluate(value: IntegerValue): bigint {
  if (typeof value === "number") return BigInt(value);
  if ("operator" in value) return apply(value.operator, value.operands.map(evaluate));
  return VALUES[value.name] ?? 0n;
}

const outcome = (work: () => bigint): bigint | symbol => {
  try {
    return work();
  } catch (error) {
    if (error === INFINITE) return INFINITE;
    throw error;
  }
};

/** Counts the operators of a tree, each of which costs a step. */
const count = (value: IntegerValue): number =>
  typeof value === "object" && "operator" in value
    ? 1 + value.operands.reduce<number>((sum, operand) => sum + count(operand), 0)
    : 0;
const countTree = (node: Tree): number => {
  if (node.kind === "literal" || node.kind === "name") return 0;
  if (node.kind === "negate") return 1 + countTree(node.operand);
  if (node.kind === "call") return node.args.reduce((sum, arg) => sum + countTree(arg), 1);
  return 1 + countTree(node.left) + countTree(node.right);
};

const blanks = fc.infiniteStream(fc.constantFrom("", "", " ", "\t", "  "));

function valueOf(line: string): IntegerValue {
  const last = parseProgram([...HEAD, line].join("\n")).instructions.at(-1);
  if (last?.op === "SET") return last.value;
  if (last?.op === "IF") return last.right as IntegerValue;
  if (last?.op === "PIX") return last.x;
  throw new Error(`expected SET, IF or PIX, got ${last?.op}`);
}

describe("an expression is read as it is meant", () => {
  test.each([
    ["in an open place", (text: string) => `SET v ${text}`, true],
    ["in braces in an open place", (text: string) => `SET v {${text}}`, true],
    ["as the right side of IF", (text: string) => `l:\nIF 1 < ${text} l`, true],
    ["as a word", (text: string) => `PIX ${text} 0`, false],
    ["as a word in braces", (text: string) => `PIX { ${text} } 0`, true],
    ["as a word in parentheses", (text: string) => `PIX (${text}) 0`, true],
  ])("%s", (_, line, hasBlanks) => {
    fc.assert(
      fc.property(tree, blanks, (node, stream) => {
        const text = print(node, () => (hasBlanks ? String(stream.next().value) : ""));
        const value = valueOf(line(text));
        expect(outcome(() => evaluate(value))).toBe(outcome(() => evaluateTree(node)));
        expect(count(value)).toBe(countTree(node));
      }),
      { numRuns: 300 },
    );
  });
});

test("the span of every part covers its text", () => {
  fc.assert(
    fc.property(tree, blanks, (node, stream) => {
      const line = `PRINT 0 0 é😀{${print(node, () => String(stream.next().value))}}`;
      const program = parseProgram([...HEAD, line].join("\n"));
      const last = program.instructions.at(-1);
      const text = last?.op === "PRINT" && typeof last.text !== "string" ? last.text : [];
      const characters = Array.from(line);
      const check = (value: IntegerValue): void => {
        if (typeof value === "number") return;
        const { column, length } = value.span;
        const covered = characters.slice(column - 1, column - 1 + length).join("");
        // Read alone, it is the same expression.
        expect(withoutSpans(valueOf(`SET v ${covered}`))).toEqual(withoutSpans(value));
        if ("operator" in value) for (const operand of value.operands) check(operand);
      };
      for (const piece of text) if (typeof piece !== "string") check(piece.value);
    }),
    { numRuns: 300 },
  );
});

function withoutSpans(value: IntegerValue): unknown {
  if (typeof value === "number") return value;
  if (!("operator" in value)) return (value satisfies Reference).name;
  return [value.operator, ...value.operands.map(withoutSpans)];
}

test("a chain of 100,000 operators is read", () => {
  const last = parseProgram(`SET v 1${" + 1".repeat(100_000)}`).instructions.at(-1);
  let value = last?.op === "SET" ? last.value : 0;
  let operators = 0;
  for (; typeof value === "object" && "operator" in value; value = value.operands[0] ?? 0) operators++;
  expect(operators).toBe(100_000);
});
