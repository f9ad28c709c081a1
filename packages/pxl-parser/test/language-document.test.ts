import { readFileSync } from "node:fs";
import {
  checkProgram,
  formatProgram,
  OPCODES,
  type ParseOptions,
  type PxlErrorCode,
} from "@gvpie/pxl-parser";
import { describe, expect, test } from "vitest";

// docs/language.md is the specification: what it states in tables and vectors is what the parser does.

interface Vector {
  readonly source: string;
  readonly options?: ParseOptions;
  readonly program?: readonly (readonly (string | number)[])[];
  readonly spans?: readonly string[];
  readonly errors?: readonly string[];
  readonly canonical?: string;
}

const page = readFileSync(new URL("../../../docs/language.md", import.meta.url), "utf8");
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const vectors = [...page.matchAll(/^```json vectors\n(.*?)^```$/gms)].flatMap(
  ([, json]) => JSON.parse(json ?? "") as Vector[],
);

/** The cells of every table row, without the marks of code spans. */
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

describe("vectors", () => {
  test("are found", () => expect(vectors.length).toBeGreaterThan(25));

  test.each(vectors.map((vector) => [JSON.stringify(vector.source), vector] as const))("%s", (_, vector) => {
    const { program, diagnostics } = checkProgram(vector.source, vector.options);
    expect(diagnostics.map((diagnostic) => `${diagnostic.code} ${place(diagnostic)}`)).toEqual(
      vector.errors ?? [],
    );
    const instructions = program?.instructions.map((instruction) =>
      Object.values({ ...instruction, span: [] }).flat(),
    );
    expect(instructions).toEqual(vector.program);
    const spans = program?.instructions.map(({ span }) => place(span));
    expect(spans).toEqual(vector.spans ?? spans);
    const canonical = program && formatProgram(vector.source);
    expect(canonical).toBe(vector.canonical ?? canonical);
  });
});

test("the table of opcodes is the parser's", () => {
  const expected = OPCODES.map(({ name, operands, doc }) => [
    [name, ...operands.map((operand) => operand.name)].join(" "),
    operands.map(({ kind }) => kind).join(", ") || "none",
    doc,
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
    PXL_LONE_SURROGATE: true,
    PXL_CONTROL_CHARACTER: true,
    PXL_TOO_MANY_INSTRUCTIONS: true,
    PXL_TOO_MANY_LABELS: true,
    PXL_TOO_MANY_DIAGNOSTICS: true,
  };
  const codes = Object.keys(all);

  test("each has a row in the specification and in the README", () => {
    expect(
      tableRows(page)
        .map(([code]) => code)
        .filter((code) => code?.startsWith("PXL_")),
    ).toEqual(codes);
    expect(
      tableRows(readme)
        .map(([code]) => code)
        .filter((code) => code?.startsWith("PXL_")),
    ).toEqual(codes);
  });

  test("each occurs in a vector", () => {
    const found = new Set(vectors.flatMap(({ errors = [] }) => errors.map((error) => error.split(" ")[0])));
    expect(codes.filter((code) => !found.has(code))).toEqual([]);
  });
});
