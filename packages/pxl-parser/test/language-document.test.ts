import { readFileSync } from "node:fs";
import {
  checkProgram,
  formatProgram,
  OPCODES,
  usageOf,
  type Instruction,
  type ParseOptions,
  type PxlErrorCode,
  type PxlWarningCode,
} from "@gvpie/pxl-parser";
import { describe, expect, test } from "vitest";

// Holds the parser to the tables and vectors of docs/language.md, the specification. Its pictures are tested by raster-cpu.

interface Vector {
  readonly source: string;
  readonly options?: ParseOptions;
  readonly language?: string;
  readonly program?: readonly (readonly unknown[])[];
  readonly spans?: readonly string[];
  readonly errors?: readonly string[];
  readonly warnings?: readonly string[];
  readonly canonical?: string;
}

const page = readFileSync(new URL("../../../docs/language.md", import.meta.url), "utf8");
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const vectors = [...page.matchAll(/^```json vectors\n(.*?)^```$/gms)].flatMap(
  ([, json]) => JSON.parse(json ?? "") as Vector[],
);

/** Returns the cells of every table row, without backticks. */
const tableRows = (markdown: string): string[][] =>
  markdown
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", "")),
    );

const place = ({ line, column, length }: { line: number; column: number; length: number }): string =>
  `${line}:${column}+${length}`;

/** Returns an instruction in the form of a vector. */
function written(instruction: Instruction): unknown[] {
  const opcode = OPCODES.find(({ name }) => name === instruction.op);
  const { operands = [], group } = opcode ?? {};
  const all = instruction as unknown as Record<string, unknown>;
  const fields = (group === undefined ? all : (all[group] ?? {})) as Record<string, unknown>;
  const parts: unknown[] = [instruction.op];
  for (const { name } of operands) {
    if (fields[name] !== undefined) parts.push(withoutSpan(fields[name]));
    if (name === "name" && fields["index"] !== undefined) parts.push(withoutSpan(fields["index"]));
  }
  if ("target" in instruction) parts.push(instruction.target);
  return parts;
}

function withoutSpan(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSpan);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== "span");
  return Object.fromEntries(entries.map(([key, part]) => [key, withoutSpan(part)]));
}

describe("vectors", () => {
  test("are found", () => expect(vectors.length).toBeGreaterThan(40));

  test.each(vectors.map((vector) => [JSON.stringify(vector.source), vector] as const))("%s", (_, vector) => {
    const { program, diagnostics } = checkProgram(vector.source, vector.options);
    const { errors = [], warnings = [] } = vector;
    expect(diagnostics.map(({ severity, code, ...span }) => `${severity} ${code} ${place(span)}`)).toEqual([
      ...errors.map((error) => `error ${error}`),
      ...warnings.map((warning) => `warning ${warning}`),
    ]);
    expect(program?.instructions.map(written)).toEqual(vector.program);
    expect(program?.language).toBe(program && (vector.language ?? "1"));
    const spans = program?.instructions.map(place);
    expect(spans).toEqual(vector.spans ?? spans);
    const canonical = program && formatProgram(vector.source);
    expect(canonical).toBe(vector.canonical ?? canonical);
  });
});

test.each(Array.from(page.matchAll(/^```pxl\n(.*?)^```$/gms), ([, program = ""]) => program))(
  "the example is a program in canonical form: %s",
  (program) => {
    expect(checkProgram(program).diagnostics).toEqual([]);
    expect(formatProgram(program)).toBe(program);
  },
);

test("the table of opcodes equals OPCODES", () => {
  const expected = OPCODES.map((opcode) => [
    usageOf(opcode),
    opcode.operands.map(({ kind }) => kind).join(", ") || "none",
    opcode.doc,
  ]);
  const rows = tableRows(page);
  const first = rows.findIndex(([heading]) => heading === "Instruction") + 2;
  expect(rows.slice(first, first + expected.length)).toEqual(expected);
});

describe("codes", () => {
  const all: Record<PxlErrorCode, true> = {
    PXL_UNKNOWN_OPCODE: true,
    PXL_MISSING_OPERAND: true,
    PXL_EXTRA_OPERAND: true,
    PXL_NOT_AN_INTEGER: true,
    PXL_OUT_OF_RANGE: true,
    PXL_MISSING_TEXT: true,
    PXL_NOT_A_COLOR: true,
    PXL_NOT_AN_ALIGNMENT: true,
    PXL_NOT_A_ROW: true,
    PXL_NOT_A_NAME: true,
    PXL_NOT_A_RELATION: true,
    PXL_UNDECLARED_NAME: true,
    PXL_DUPLICATE_NAME: true,
    PXL_NOT_A_VARIABLE: true,
    PXL_UNDEFINED_LABEL: true,
    PXL_DUPLICATE_LABEL: true,
    PXL_NOT_A_NUMBER: true,
    PXL_NOT_AN_ARRAY: true,
    PXL_UNKNOWN_FUNCTION: true,
    PXL_ARGUMENT_COUNT: true,
    PXL_TOO_DEEP: true,
    PXL_BAD_TEMPLATE: true,
    PXL_NOT_A_FONT: true,
    PXL_NOT_A_DIRECTION: true,
    PXL_NOT_A_PIXEL: true,
    PXL_NO_IMAGE: true,
    PXL_MISSING_ROW: true,
    PXL_EXTRA_ROW: true,
    PXL_DUPLICATE_DIRECTIVE: true,
    PXL_NOT_AT_TOP_LEVEL: true,
    PXL_UNCLOSED_BLOCK: true,
    PXL_NO_BLOCK: true,
    PXL_JUMP_INTO_BLOCK: true,
    PXL_JUMP_OUT_OF_BLOCK: true,
    PXL_TOO_MANY_LOCALS: true,
    PXL_TOO_MANY_CELLS: true,
    PXL_TOO_MANY_POINTS: true,
    PXL_LONE_SURROGATE: true,
    PXL_CONTROL_CHARACTER: true,
    PXL_TOO_MANY_INSTRUCTIONS: true,
    PXL_TOO_MANY_LABELS: true,
    PXL_TOO_MANY_DIAGNOSTICS: true,
  };
  const warnings: Record<PxlWarningCode, true> = {
    PXL_UNREACHABLE: true,
    PXL_NEVER_SET: true,
    PXL_NEVER_HALTS: true,
    PXL_UNUSED_LABEL: true,
    PXL_UNUSED_PARAM: true,
    PXL_UNUSED_PROCEDURE: true,
    PXL_NEVER_READ: true,
    PXL_LITERAL_BRACES: true,
    PXL_LITERAL_EXPRESSION: true,
    PXL_LITERAL_QUOTES: true,
  };
  const codes = [...Object.keys(all), ...Object.keys(warnings)];
  const codesOf = (markdown: string): (string | undefined)[] =>
    tableRows(markdown)
      .map(([code]) => code)
      .filter((code) => code?.startsWith("PXL_"));

  test("each has a row in the specification and in the README", () => {
    expect(codesOf(page)).toEqual(codes);
    expect(codesOf(readme)).toEqual(codes);
  });

  test("each occurs in a vector", () => {
    const found = vectors.flatMap((vector) => [...(vector.errors ?? []), ...(vector.warnings ?? [])]);
    // limits.test.ts has these; their sources are long.
    const long = ["PXL_TOO_MANY_POINTS", "PXL_TOO_MANY_LOCALS"];
    expect(new Set([...found.map((entry) => entry.split(" ")[0]), ...long])).toEqual(new Set(codes));
  });

  test("each kind of operand has a row", () => {
    const rows = tableRows(page).map(([kind]) => kind);
    const kinds = OPCODES.flatMap(({ operands }) => operands.map(({ kind }) => kind));
    expect(rows).toEqual(expect.arrayContaining(kinds));
  });
});
