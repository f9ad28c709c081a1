import { readFileSync } from "node:fs";
import {
  checkProgram,
  formatProgram,
  OPCODES,
  OPERATORS,
  parseProgram,
  usageOf,
  type PxlError,
} from "@gvpie/pxl-parser";
import { languageCard, programGrammar, programOfJson, programSchema } from "@gvpie/pxl-parser/authoring";
import { SeededRandom } from "@gvpie/testing";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, test } from "vitest";
import { writePattern } from "../src/authoring/gbnf.ts";
import { decimal } from "../src/authoring/rules.ts";
import { gbnfDeriver, schemaDeriver } from "./support/derive.ts";

const DERIVATIONS = 10_000;
/** Number of them that are also formatted. */
const FORMATTED = 1_000;

/** Returns the first errors of the first faulty program, with the lines that they are on. */
function errorsOf(sources: readonly string[]): string[] {
  for (const source of sources) {
    try {
      parseProgram(source);
    } catch (error) {
      const lines = source.split("\n");
      return (error as PxlError).diagnostics.map(({ line, message }) => `${lines[line - 1]}: ${message}`);
    }
  }
  return [];
}

describe("the card", () => {
  test("has at most 900 tokens", () => {
    expect(encode(languageCard()).length).toBeLessThanOrEqual(900);
  });

  test("has every opcode, every function and every built-in name", () => {
    const lines = languageCard().split("\n");
    expect(lines).toEqual(expect.arrayContaining(OPCODES.map(usageOf)));
    for (const { kind, name } of OPERATORS.filter(({ kind }) => kind === "function" || kind === "name")) {
      expect(languageCard()).toMatch(new RegExp(`\\b${name}${kind === "function" ? "\\(" : "\\b"}`));
    }
  });

  test("ends with a program without errors and warnings, in canonical form", () => {
    const program = languageCard().slice(languageCard().indexOf("CANVAS 96"));
    expect(checkProgram(program).diagnostics).toEqual([]);
    expect(formatProgram(program)).toBe(program);
  });
});

test("10,000 derivations of the grammar are programs in canonical form", () => {
  const derive = gbnfDeriver(programGrammar());
  const random = new SeededRandom(1);
  const sources = Array.from({ length: DERIVATIONS }, () => derive(random));
  expect(errorsOf(sources)).toEqual([]);
  for (const source of sources.slice(0, FORMATTED)) expect(formatProgram(source)).toBe(source);
  const words = new Set(
    sources.flatMap((source) => source.split("\n").map((line) => line.trim().split(" ", 1)[0])),
  );
  const missing = OPCODES.map(({ name }) => name).filter((name) => !words.has(name));
  expect(missing).toEqual(["JMP", "CALL", "RET", "DEF", "ARRAY"]);
});

test("10,000 instances of the schema are programs without errors", () => {
  const make = schemaDeriver(JSON.parse(JSON.stringify(programSchema())));
  const random = new SeededRandom(2);
  const sources = Array.from({ length: DERIVATIONS }, () => programOfJson(make(random)));
  expect(errorsOf(sources)).toEqual([]);
  for (const source of sources.slice(0, FORMATTED)) expect(formatProgram(source)).toBe(source);
});

test.each([
  [0, 100],
  [1, 64],
  [0, 255],
  [1, 999],
  [7, 7],
  [95, 1203],
])("the grammar of the integers from %d to %d", (min, max) => {
  const pattern = new RegExp(writePattern(decimal(min, max), new Map()));
  for (let value = 0; value <= 2 * max + 20; value++) {
    expect(pattern.test(String(value))).toBe(value >= min && value <= max);
  }
});

test("both are the same at every call", () => {
  expect(programGrammar()).toBe(programGrammar());
  expect(JSON.stringify(programSchema())).toBe(JSON.stringify(programSchema()));
});

test("the example of the documentation", () => {
  const page = readFileSync(new URL("../../../docs/language-models.md", import.meta.url), "utf8");
  const [, json = "", program = ""] = /```json\n(.*?)```\n\nbecomes\n\n```\n(.*?)```/s.exec(page) ?? [];
  expect(programOfJson(JSON.parse(json))).toBe(program);
  expect(errorsOf([program])).toEqual([]);
});

test("an instance as a program", () => {
  const instance = {
    canvas: { w: 64, h: 32, background: "navy" },
    title: "hello",
    level: 7,
    data: [3, 1, 4],
    lines: [
      { op: "CLIP" },
      { op: "COLOR", color: "#f80" },
      {
        op: "FOR",
        name: "i",
        from: 0,
        to: "len(data)-1",
        lines: [{ op: "RECT", x: "i*4", y: 0, w: 3, h: "data[i]" }],
      },
      {
        op: "IF",
        left: "title",
        relation: "IS",
        right: "hello",
        lines: [{ op: "TXT", x: 0, y: 8, text: "hi" }],
        else: [
          {
            op: "POLY",
            points: [
              [0, 0],
              [9, 0],
              [5, 9],
            ],
          },
        ],
      },
    ],
  };
  expect(programOfJson(instance)).toBe(`CANVAS 64 32 navy
PARAM title hello
INT level 0 100 7
LIST data 3 1 4
SET x 0
SET y 0
SET n 0
SET i 0
SET j 0
CLIP
COLOR #f80
FOR i 0 len(data)-1
  RECT i*4 0 3 data[i]
NEXT
IF title IS hello
  TXT 0 8 hi
ELSE
  POLY 0 0 9 0 5 9
END
`);
});

test.each([
  [null, "expected an object, got null"],
  [{ lines: 3 }, "expected lines as an array, got 3"],
  [{ lines: [{ op: "DANCE" }] }, "expected op as an opcode, got"],
  [
    { lines: [{ op: "TXT", x: 0, y: 0, text: "a\nHALT" }] },
    "expected an operand as a number or a text of one line",
  ],
  [{ lines: [{ op: "RECT", x: {} }] }, "expected an operand as a number or a text of one line"],
])("%j is refused", (instance, message) => {
  const whole = instance && { title: "a", level: 1, data: [], ...instance };
  expect(() => programOfJson(whole)).toThrow(TypeError);
  expect(() => programOfJson(whole)).toThrow(message);
});

test("JSON of any depth is refused without a stack overflow", () => {
  let lines: unknown = [];
  for (let i = 0; i < 10_000; i++) lines = [{ op: "IF", left: 1, relation: "=", right: 1, lines }];
  expect(() => programOfJson({ title: "a", level: 1, data: [], lines })).toThrow("blocks inside each other");
});
