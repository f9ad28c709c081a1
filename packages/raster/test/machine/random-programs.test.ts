// Longer random programs of version 2: step, the executor, the formulas, and a machine that only follows the specification.
import { parseProgram } from "@gvpie/pxl-parser";
import { lowerProgram } from "@gvpie/raster";
import { expect, test } from "vitest";

import { createRandom, type Random } from "../../src/conformance/prng.ts";
import { execute } from "../../src/machine/execute.ts";
import { step } from "../../src/machine/step.ts";
import { paintList } from "../support/paint-list.ts";
import { renderReference } from "../support/reference.ts";
import { compareMachines } from "./compare.ts";
import { TABLES } from "./encoding.ts";

const LINES = [
  "PIX n i",
  "PIX n%24 i%8+k",
  "PIX len(a)+a[1] (n+i)%8",
  "ADD n 1",
  "ADD n sin(i*30,9)",
  "SUB n i*2",
  "SET i n%5",
  "SET k min(n,7)-max(i,-2)",
  "SET a[abs(n)%4] k-a[1]",
  "SET n a[1]+rand(5)",
  "SEED n*k",
  "CALL f n%4 k",
  "CALL f rand(3) 1",
  "CALL g",
  "RET",
];
const OPENERS = ["FOR i 0 3", "FOR k n%6 0 -2", "IF n < k", "IF a[2] >= i*2", "IF p IS yes"];

function bodyOf(random: Random, size: number, depth: number): string[] {
  const lines: string[] = [];
  for (let i = 0; i < size; i++) {
    if (depth === 3 || random.below(3) > 0) {
      // A RET outside every procedure fails.
      lines.push(random.pick(depth === 0 ? LINES.slice(0, -1) : LINES));
      continue;
    }
    const opener = random.pick(OPENERS);
    const isIf = opener.startsWith("IF");
    lines.push(opener, ...bodyOf(random, 1 + random.below(3), depth + 1));
    if (isIf && random.below(2) === 0) lines.push("ELSE", ...bodyOf(random, 1 + random.below(2), depth + 1));
    lines.push(isIf ? "END" : "NEXT");
  }
  return lines;
}

function sourceOf(seed: number): string {
  const random = createRandom(seed);
  const declarations = [`PARAM p ${random.pick(["yes", "no"])}`, "LIST a 3 -1 4 1"];
  const settings = ["SET n 2", "SET i 0", "SET k 1"];
  return [
    ...declarations,
    ...settings,
    ...bodyOf(random, 3 + random.below(6), 0),
    "PIX n i",
    "HALT",
    "DEF f x y",
    "SET z z+x*2-y",
    "FOR j 0 x%3",
    ...bodyOf(random, 1 + random.below(2), 2),
    "NEXT",
    "IF x > 0",
    "CALL f x-1 z",
    "END",
    "ADD n z",
    "END",
    "DEF g",
    ...bodyOf(random, 2, 1),
    "END",
  ].join("\n");
}

test("longer random programs run alike in all four descriptions, and draw as the reference machine does", () => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const fuel = 600;
  const sources = Array.from({ length: 400 }, (_, seed) => sourceOf(seed));
  const programs = sources.map((source) => parseProgram(source));
  const { difference, steps } = compareMachines({ step, execute, tables: TABLES }, programs, fuel);
  expect(difference).toBeUndefined();
  const ends = { drawn: 0, failed: 0 };
  for (const [number, program] of programs.entries()) {
    const options = { width: 24, height: 8, limits: { fuel } };
    let list;
    try {
      list = lowerProgram(program, options);
    } catch {
      ends.failed++;
      continue;
    }
    ends.drawn++;
    expect(paintList(list).data, sources[number]).toEqual(renderReference(program, options).data);
  }
  Error.stackTraceLimit = stackTraceLimit;
  console.log(
    `alike: 400 longer random programs in ${steps} steps, ${ends.drawn} of them drawn without an error`,
  );
  expect(Math.min(ends.drawn, ends.failed)).toBeGreaterThan(50);
}, 300_000);
