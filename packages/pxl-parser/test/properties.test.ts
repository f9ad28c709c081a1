import { checkProgram, formatProgram, parseProgram, PxlError, type Instruction } from "@gvpie/pxl-parser";
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyString, correctProgram, nearProgram } from "./programs.ts";
import { readByTheBook } from "./reference-parser.ts";

const runs = { numRuns: 1000 };

const withoutSpans = (instructions: readonly Instruction[]): unknown[] =>
  instructions.map((instruction) => ({ ...instruction, span: undefined }));

/** The source's lines as arrays of code points, split as the language splits them. */
const splitLines = (source: string): string[][] =>
  source
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line) => Array.from(line.replace(/\r$/, "")));

test("any string gives a program or diagnostics, and never another exception", () => {
  const outcome = (work: () => unknown): string => {
    try {
      work();
      return "accepted";
    } catch (error) {
      if (error instanceof PxlError) return "refused";
      throw error;
    }
  };
  fc.assert(
    fc.property(anyString, (source) => {
      const { program, diagnostics } = checkProgram(source);
      expect(program === undefined).toBe(diagnostics.length > 0);
      const expected = program === undefined ? "refused" : "accepted";
      expect(outcome(() => parseProgram(source))).toBe(expected);
      expect(outcome(() => formatProgram(source))).toBe(expected);
    }),
    runs,
  );
});

test("an independent parser reads the same, down to every line, column and length", () => {
  fc.assert(
    fc.property(fc.oneof(nearProgram, correctProgram), (source) => {
      const { program, diagnostics } = checkProgram(source);
      const expected = readByTheBook(source);
      expect(diagnostics).toEqual(
        expected.faults.map((fault) => ({ ...fault, severity: "error", message: expect.any(String) })),
      );
      expect(program?.instructions).toStrictEqual(
        expected.faults.length === 0 ? expected.instructions : undefined,
      );
    }),
    { numRuns: 3000 },
  );
});

test("correct programs are accepted, however they are spelled", () => {
  fc.assert(
    fc.property(correctProgram, (source) => {
      expect(checkProgram(source).diagnostics).toEqual([]);
    }),
    runs,
  );
});

test("formatting changes no instruction, and formatting twice changes nothing more", () => {
  fc.assert(
    fc.property(correctProgram, (source) => {
      const formatted = formatProgram(source);
      expect(withoutSpans(parseProgram(formatted).instructions)).toStrictEqual(
        withoutSpans(parseProgram(source).instructions),
      );
      expect(formatProgram(formatted)).toBe(formatted);
    }),
    runs,
  );
});

test("formatting keeps every line where it is: comments, blank lines and instructions", () => {
  fc.assert(
    fc.property(correctProgram, (source) => {
      const formatted = formatProgram(source);
      const linesOf = (text: string): number[] =>
        parseProgram(text).instructions.map(({ span }) => span.line);
      const commentsOf = (text: string): string[] =>
        splitLines(text).map((line) => /^[ \t]*(#.*?)?[ \t]*$/su.exec(line.join(""))?.[1] ?? "");
      expect(linesOf(formatted)).toEqual(linesOf(source));
      // The last LF begins no line that the source did not have, nor do blanks after it.
      expect(commentsOf(`${formatted}\n`).join("\n").trimEnd()).toBe(
        commentsOf(`${source}\n`).join("\n").trimEnd(),
      );
    }),
    runs,
  );
});

test("a span covers the instruction exactly", () => {
  fc.assert(
    fc.property(correctProgram, (source) => {
      const lines = splitLines(source);
      for (const { op, span, ...operands } of parseProgram(source).instructions) {
        const line = lines[span.line - 1] ?? [];
        const before = line.slice(0, span.column - 1).join("");
        const covered = line.slice(span.column - 1, span.column - 1 + span.length).join("");
        const after = line.slice(span.column - 1 + span.length).join("");
        expect(before + after).toMatch(/^[ \t]*$/);
        expect(covered).toMatch(new RegExp(`^${op}([ \\t]|$)`, "i"));
        expect(covered.endsWith("text" in operands ? operands.text : "")).toBe(true);
        expect(covered).not.toMatch(/[ \t]$/);
      }
    }),
    runs,
  );
});

test("diagnostics are in source order, inside their lines, and each says where it is", () => {
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

test("a bound on diagnostics only cuts the list", () => {
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
