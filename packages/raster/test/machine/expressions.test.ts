// Expressions against their definition in exact integers, in `step` and in the executor.
import { parseProgram } from "@gvpie/pxl-parser";
import { RasterError } from "@gvpie/raster";
import fc from "fast-check";
import { expect, test } from "vitest";

import { allocateList, DrawListBuilder } from "../../src/draw-list.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { execute } from "../../src/machine/execute.ts";
import { nextSeed, randomOf, seedOf } from "../../src/machine/random.ts";
import { initialState } from "../../src/machine/state.ts";
import { step } from "../../src/machine/step.ts";
import { bindDefaults } from "./bind.ts";

/** An expression, with its value by the definition: an integer, or the code of its failure. */
interface Case {
  readonly text: string;
  readonly value: bigint | string;
  /** Number of operators. */
  readonly cost: number;
}

const MIN = -(2n ** 31n);
const MAX = 2n ** 31n - 1n;
const VARIABLES: Readonly<Record<string, bigint>> = { a: 7n, b: -3n, lo: MIN, hi: MAX, zero: 0n };

function operation(
  text: string,
  operands: readonly Case[],
  calculate: (...values: bigint[]) => bigint | string,
) {
  const failed = operands.find(({ value }) => typeof value === "string");
  const found = failed?.value ?? calculate(...operands.map(({ value }) => value as bigint));
  const isOutside = typeof found === "bigint" && (found < MIN || found > MAX);
  const cost = operands.reduce((sum, operand) => sum + operand.cost, 1);
  return { text, value: isOutside ? "RASTER_OVERFLOW" : found, cost };
}

const BINARY: Readonly<Record<string, (a: bigint, b: bigint) => bigint | string>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0n ? "RASTER_DIVISION_BY_ZERO" : a / b),
  "%": (a, b) => (b === 0n ? "RASTER_DIVISION_BY_ZERO" : a % b),
};

function root(value: bigint): bigint | string {
  if (value < 0n) return "RASTER_BAD_VALUE";
  let found = BigInt(Math.floor(Math.sqrt(Number(value))));
  while (found * found > value) found--;
  while ((found + 1n) * (found + 1n) <= value) found++;
  return found;
}

const leaf: fc.Arbitrary<Case> = fc.oneof(
  fc
    .oneof(fc.integer({ min: -9, max: 9 }), fc.integer(), fc.constantFrom(46341, -46341, -(2 ** 31)))
    .map((value) => ({ text: String(value), value: BigInt(value), cost: 0 })),
  fc.constantFrom(...Object.keys(VARIABLES)).map((text) => ({ text, value: VARIABLES[text] ?? 0n, cost: 0 })),
);
const { tree } = fc.letrec<{ tree: Case }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, depthSize: "large" },
    leaf,
    fc
      .tuple(fc.constantFrom(...Object.keys(BINARY)), tie("tree"), tie("tree"))
      .map(([sign, left, right]) =>
        operation(`(${left.text}) ${sign} (${right.text})`, [left, right], BINARY[sign] as never),
      ),
    tie("tree").map((of) => operation(`-(${of.text})`, [of], (a) => -a)),
    tie("tree").map((of) => operation(`abs(${of.text})`, [of], (a) => (a < 0n ? -a : a))),
    tie("tree").map((of) => operation(`sqrt(${of.text})`, [of], root)),
    fc
      .tuple(tie("tree"), tie("tree"))
      .map(([a, b]) => operation(`min(${a.text}, ${b.text})`, [a, b], (x, y) => (x < y ? x : y))),
    fc
      .tuple(tie("tree"), tie("tree"))
      .map(([a, b]) => operation(`max(${a.text}, ${b.text})`, [a, b], (x, y) => (x > y ? x : y))),
  ),
}));

const SETTING = `SET a 7\nSET b -3\nSET lo -2147483648\nSET hi 2147483647\nSET zero 0\n`;

/** Returns x and the fuel that is left after a program, by `step` and by the executor, or the code of its failure. */
function outcomes(source: string): unknown[] {
  const bound = bindDefaults(parseProgram(source), { ...DEFAULT_LIMITS, fuel: 5000 });
  const list = new DrawListBuilder({ width: 1, height: 1, background: 0 }, bound.limits, allocateList(0, 0));
  const byStep = () => {
    let state = initialState(bound);
    while (state.status === "running") ({ state } = step(bound, state));
    return state;
  };
  return [byStep, () => execute(bound, list)].map((run) => {
    try {
      const { variables, fuel } = run();
      return { x: variables.get("x"), fuel };
    } catch (error) {
      if (!(error instanceof RasterError)) throw error;
      return error.code;
    }
  });
}

test("expressions have the values, the failures and the costs of their definition", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(tree, ({ text, value, cost }) => {
      // With a jump, the executor compiles it.
      const found = outcomes(`${SETTING}SET x ${text}\nJMP end\nend:`);
      const expected = typeof value === "string" ? value : { x: Number(value), fuel: 5000 - 7 - cost };
      expect(found).toEqual([expected, expected]);
      expect(outcomes(`${SETTING}SET x ${text}`)[1]).toEqual(
        typeof value === "string" ? value : { x: Number(value), fuel: 0 },
      );
      seen.add(typeof value === "string" ? value : "value");
    }),
    { numRuns: 1500 },
  );
  expect([...seen].sort()).toEqual([
    "RASTER_BAD_VALUE",
    "RASTER_DIVISION_BY_ZERO",
    "RASTER_OVERFLOW",
    "value",
  ]);
});

test.each([
  ["2+3*4-5", 9],
  ["2*3+4*5", 26],
  ["20/3/2", 3],
  ["-7/2", -3],
  ["-7%3", -1],
  ["7 - -2", 9],
  ["-a*2", -14],
  ["sin(90,10)", 10],
  ["cos(-90,10)", 0],
  ["sin(30,2147483647)", 1073741824],
  ["cos(450,5)+sin(-30,5)", -3],
  ["min(b,a)*max(b,a)", -21],
])("SET x %s is %i", (text, value) => {
  expect(outcomes(`${SETTING}SET x ${text}`)).toEqual([
    { x: value, fuel: 0 },
    { x: value, fuel: 0 },
  ]);
});

test("a chain of 100,000 operators runs, in step and in the executor", () => {
  const chain = Array.from({ length: 100_000 }, (_, i) => (i % 2 === 0 ? "+1" : "-1")).join("");
  const limits = { ...DEFAULT_LIMITS, fuel: 1_000_000 };
  const bound = bindDefaults(parseProgram(`SET x 5${chain}\nJMP end\nend:`), limits);
  const { state } = step(bound, initialState(bound));
  expect(state.variables.get("x")).toBe(5);
  expect(state.fuel).toBe(1_000_000 - 100_001);
  const list = new DrawListBuilder({ width: 1, height: 1, background: 0 }, limits, allocateList(0, 0));
  expect(execute(bound, list).variables.get("x")).toBe(5);
});

test("the numbers of rand are those of the specification", () => {
  // Calculated in exact integers, apart from the code.
  const word = 2n ** 32n;
  let state = 0n;
  let seed = seedOf(0);
  for (let i = 0; i < 1000; i++) {
    state = (state + 0x9e3779b9n) % word;
    let z = ((state ^ (state >> 16n)) * 0x85ebca6bn) % word;
    z = ((z ^ (z >> 13n)) * 0xc2b2ae35n) % word;
    z ^= z >> 16n;
    seed = nextSeed(seed);
    expect(randomOf(seed, 1 + i * 1000)).toBe(Number(z % BigInt(1 + i * 1000)));
  }
  expect(outcomes("SET x rand(1000)\nSEED 5\nSET y rand(9)\nSEED 0\nSET x x-rand(1000)")).toEqual([
    { x: 0, fuel: 0 },
    { x: 0, fuel: 0 },
  ]);
});
