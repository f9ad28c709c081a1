import { parseProgram } from "@gvpie/pxl-parser";
import { createDebugger, lowerProgram, RasterError, type RenderOptions } from "@gvpie/raster";
import { randomProgram } from "@gvpie/raster/conformance";
import fc from "fast-check";
import { expect, test, vi } from "vitest";

import { allocateList, DrawListBuilder } from "../../src/draw-list.ts";
import { execute } from "../../src/machine/execute.ts";
import { prepare } from "../../src/prepare.ts";
import { outlineOf } from "../support/outline.ts";

// Seconds of work, and a busy machine may need a minute for it.
vi.setConfig({ testTimeout: 300_000 });

/** Outcome of a program: its state and its list, or the error with its place. */
interface Outcome {
  readonly end: unknown;
  readonly list: unknown;
}

function outcomeOf(run: () => unknown, list: () => unknown): Outcome {
  try {
    return { end: run(), list: list() };
  } catch (error) {
    if (!(error instanceof RasterError)) throw error;
    const { code, reason, line, column, length } = error;
    return { end: { code, reason, line, column, length }, list: undefined };
  }
}

/** By the executor. */
function executed(source: string, options: RenderOptions): Outcome {
  const { canvas, bound } = prepare(source, options);
  const list = new DrawListBuilder(canvas, bound.limits, allocateList(0, 0));
  return outcomeOf(
    () => {
      const { pc, fuel, variables, stack, pen } = execute(bound, list);
      return { pc, fuel, variables, stack, pen };
    },
    () => outlineOf(list.finish()),
  );
}

/** By repeated calls of `step`. */
function stepped(source: string, options: RenderOptions): Outcome {
  const debug = createDebugger(source, options);
  return outcomeOf(
    () => {
      while (!debug.isHalted) debug.step();
      const { pc, fuel, variables, stack, pen } = debug;
      return { pc, fuel, variables, stack, pen };
    },
    () => outlineOf(debug.drawList()),
  );
}

/** By the public function, which has a shorter path for plain programs and returns no state. */
function lowered(source: string, options: RenderOptions): Outcome {
  return outcomeOf(
    () => undefined,
    () => outlineOf(lowerProgram(source, options)),
  );
}

function assertAlike(source: string, options: RenderOptions): Outcome {
  const outcome = executed(source, options);
  expect(stepped(source, options)).toEqual(outcome);
  const { end, list } = outcome;
  expect(lowered(source, options)).toEqual({ end: list === undefined ? end : undefined, list });
  return outcome;
}

test("step, execute and lowerProgram agree on random programs", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { source, ...options } = randomProgram(seed, { sides: [9, 40, 65] });
      expect(assertAlike(source, options).list).toBeDefined();
    }),
    { numRuns: 400 },
  );
});

test("they agree on random programs of texts, rectangles and settings", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      // Of version 1: the operands of version 2 have names that other lines declare.
      const { source, ...options } = randomProgram(2 * seed, { sides: [9, 40, 65] });
      const plain = parseProgram(source).instructions.filter(({ op }) => PLAIN.has(op));
      const lines = source.split("\n");
      const straight = plain.map(({ line }) => lines[line - 1] ?? "").filter((line) => !line.includes("{"));
      assertAlike(straight.join("\n"), { ...options, params: {} });
    }),
    { numRuns: 200 },
  );
});

const PLAIN: ReadonlySet<string> = new Set(
  "TXT RECT CLEAR PIX LINE BOX CIRCLE DISC SPRITE COLOR SCALE ORIGIN ALIGN CLIP".split(" "),
);

const label = fc.integer({ min: 0, max: 4 }).map((number) => `l${number}`);
const variable = fc.constantFrom("a", "b");
const value = fc.oneof(
  fc.constantFrom("a", "b", "{a}", "{p}", "p"),
  fc.integer({ min: -3, max: 5 }).map(String),
  fc.constantFrom("-2147483648", "2147483647", "65536", "-40000"),
);
const operand = fc.constantFrom("{a}", "{b}", "{p}", "{q}", "0", "3", "-2", "7");
const size = fc.constantFrom("{a}", "{b}", "{p}", "{q}", "1", "3", "7");
const lineOf = (...words: (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
  fc
    .tuple(...words.map((word) => (typeof word === "string" ? fc.constant(word) : word)))
    .map((words) => words.join(" "));
const line = fc.oneof(
  lineOf(fc.constantFrom("SET", "ADD", "SUB", "MUL", "DIV", "MOD"), variable, value),
  lineOf("IF", value, fc.constantFrom("<", "<=", "=", "!=", ">=", ">"), value, label),
  lineOf(fc.constantFrom("JMP", "CALL", "CALL"), label),
  fc.constantFrom("RET", "HALT", "CLEAR", "CLIP", "COLOR {q}", "ALIGN right", "COLOR #ff000088"),
  lineOf(fc.constantFrom("PIX", "ORIGIN"), operand, operand),
  lineOf(fc.constantFrom("RECT", "BOX", "CLIP"), operand, operand, size, size),
  lineOf("LINE", operand, operand, operand, operand),
  lineOf(fc.constantFrom("DISC", "CIRCLE"), operand, operand, size),
  lineOf("SCALE", size),
  lineOf("TXT", operand, operand, fc.constantFrom("{p}", "{q}{a}", "x{a} {b}{none}", "plain")),
);
const parameter = fc.oneof(
  fc.integer({ min: -9, max: 99 }).map(String),
  fc.constantFrom("", "#0f0", "red", "99999999999", "-", "1 2", "{a}"),
);

test("they fail with the same error at the same place", () => {
  const codes = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), parameter, parameter, (lines, p, q) => {
      const labelled = lines.flatMap((line, i) => (i < 4 ? [`l${i}:`, line] : [line]));
      for (let i = lines.length; i < 4; i++) labelled.push(`l${i}:`);
      const source = ["PARAM p 1", "PARAM q 2", "SET a 1", "SET b 0", ...labelled, "l4:"].join("\n");
      const limits = { fuel: 600, glyphs: 200, paintedPixels: 4000, commands: 300 };
      const { end } = assertAlike(source, { width: 24, height: 16, params: { p, q }, limits });
      const code = (end as { code?: string }).code ?? "none";
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }),
    { numRuns: 3000 },
  );
  expect([...codes.keys()].sort()).toEqual([
    "RASTER_BAD_VALUE",
    "RASTER_DIVISION_BY_ZERO",
    "RASTER_LIMIT_COMMANDS",
    "RASTER_LIMIT_FUEL",
    "RASTER_LIMIT_GLYPHS",
    "RASTER_LIMIT_PAINTED",
    "RASTER_OVERFLOW",
    "RASTER_STACK_OVERFLOW",
    "RASTER_STACK_UNDERFLOW",
    "none",
  ]);
});
