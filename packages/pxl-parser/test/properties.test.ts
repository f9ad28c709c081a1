import {
  checkProgram,
  formatProgram,
  parseProgram,
  PxlError,
  type Diagnostic,
  type Reference,
  type Span,
} from "@gvpie/pxl-parser";
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyString, correctProgram, nearProgram } from "./support/programs.ts";
import { parseReference } from "./support/reference-parser.ts";
import { withoutSpans } from "./support/without-spans.ts";

const runs = { numRuns: 1000 };

/** Returns every reference in an instruction. */
function referencesOf(value: unknown): Reference[] {
  if (typeof value !== "object" || value === null) return [];
  if ("name" in value && "span" in value && !("op" in value)) return [value as Reference];
  return Object.values(value).flatMap(referencesOf);
}

const isError = ({ severity }: Diagnostic): boolean => severity === "error";

/** Returns the source's lines, as the language defines them, as arrays of code points. */
const splitLines = (source: string): string[][] =>
  source
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line) => Array.from(line.replace(/\r$/, "")));

test("any string gives a program or diagnostics, and no other exception", () => {
  const outcome = (work: () => unknown): string => {
    try {
      work();
      return "accepted";
    } catch (error) {
      if (error instanceof PxlError) return "rejected";
      throw error;
    }
  };
  fc.assert(
    fc.property(anyString, (source) => {
      const { program, diagnostics } = checkProgram(source);
      expect(program === undefined).toBe(diagnostics.length > 0 && diagnostics.every(isError));
      expect(program === undefined).toBe(diagnostics.some(isError));
      const expected = program === undefined ? "rejected" : "accepted";
      expect(outcome(() => parseProgram(source))).toBe(expected);
      expect(outcome(() => formatProgram(source))).toBe(expected);
    }),
    runs,
  );
});

test("a program of version 1 is what the reference parser says, and no other source is one", () => {
  fc.assert(
    fc.property(fc.oneof(nearProgram, correctProgram), (source) => {
      const { program } = checkProgram(source);
      const { instructions, labels, faults } = parseReference(source);
      const found = program?.language === "1" ? program : undefined;
      expect(found && { instructions: found.instructions, labels: found.labels }).toStrictEqual(
        faults.length === 0 ? { instructions, labels } : undefined,
      );
    }),
    { numRuns: 3000 },
  );
});

test("correct programs are accepted in every notation", () => {
  fc.assert(
    fc.property(correctProgram, (source) => {
      expect(checkProgram(source).diagnostics.filter(isError)).toEqual([]);
    }),
    runs,
  );
});

test("formatting changes no instruction and is idempotent", () => {
  fc.assert(
    fc.property(correctProgram, (source) => {
      const formatted = formatProgram(source);
      expect(withoutSpans(parseProgram(formatted))).toStrictEqual(withoutSpans(parseProgram(source)));
      expect(formatProgram(formatted)).toBe(formatted);
    }),
    runs,
  );
});

test("formatting keeps comments, blank lines and instructions on their lines", () => {
  fc.assert(
    fc.property(correctProgram, (source) => {
      const formatted = formatProgram(source);
      const linesOf = (text: string): number[] => parseProgram(text).instructions.map(({ line }) => line);
      const commentsOf = (text: string): string[] =>
        splitLines(text).map((line) => /^[ \t]*(#.*?)?[ \t]*$/su.exec(line.join(""))?.[1] ?? "");
      expect(linesOf(formatted)).toEqual(linesOf(source));
      // Neither the last LF nor blanks after it begin another line.
      expect(commentsOf(`${formatted}\n`).join("\n").trimEnd()).toBe(
        commentsOf(`${source}\n`).join("\n").trimEnd(),
      );
    }),
    runs,
  );
});

test("a span covers exactly its instruction, reference or label", () => {
  fc.assert(
    fc.property(correctProgram, (source) => {
      const lines = splitLines(source);
      const cut = ({ line, column, length }: Span): [before: string, covered: string, after: string] => {
        const characters = lines[line - 1] ?? [];
        const [from, to] = [column - 1, column - 1 + length];
        return [
          characters.slice(0, from).join(""),
          characters.slice(from, to).join(""),
          characters.slice(to).join(""),
        ];
      };
      const { instructions, labels } = parseProgram(source);
      for (const instruction of instructions) {
        const [before, covered, after] = cut(instruction);
        expect(before + after).toMatch(/^[ \t]*$/);
        expect(covered).toMatch(new RegExp(`^${instruction.op}([ \\t]|$)`, "i"));
        expect(covered).not.toMatch(/[ \t]$/);
        if (instruction.op !== "TXT") continue;
        const pieces = Array.isArray(instruction.text) ? instruction.text : [instruction.text];
        const text = pieces.map((piece) => (typeof piece === "string" ? piece : `{${piece.name}}`)).join("");
        expect(covered.endsWith(text)).toBe(true);
      }
      for (const { name, span } of instructions.flatMap(referencesOf)) {
        expect([name, `{${name}}`]).toContain(cut(span)[1]);
      }
      for (const [name, { span }] of labels) expect(cut(span)[1]).toBe(`${name}:`);
    }),
    runs,
  );
});

test("diagnostics are in source order and inside their lines", () => {
  fc.assert(
    fc.property(nearProgram, (source) => {
      const lines = splitLines(source);
      let [lastLine, lastColumn] = [0, 0];
      for (const { line, column, length } of checkProgram(source).diagnostics) {
        expect(line > lastLine || (line === lastLine && column >= lastColumn)).toBe(true);
        expect(column).toBeGreaterThanOrEqual(1);
        expect(column - 1 + length).toBeLessThanOrEqual(lines[line - 1]?.length ?? -1);
        [lastLine, lastColumn] = [line, column];
      }
    }),
    runs,
  );
});

test("maxDiagnostics only shortens the list", () => {
  fc.assert(
    fc.property(nearProgram, fc.integer({ min: 1, max: 5 }), (source, maxDiagnostics) => {
      const all = checkProgram(source).diagnostics;
      const bounded = checkProgram(source, { maxDiagnostics }).diagnostics;
      expect(bounded.slice(0, maxDiagnostics)).toEqual(all.slice(0, maxDiagnostics));
      expect(bounded).toHaveLength(Math.min(all.length, maxDiagnostics + 1));
    }),
    runs,
  );
});
