import { checkProgram, parseProgram } from "@gvpie/pxl-parser";
import { describe, expect, test } from "vitest";

describe("maxInstructions", () => {
  const source = "# three\nHALT\n\n  HALT\n\tTXT 0 0 a\n";

  test("counts instructions, not lines", () => {
    expect(parseProgram(source, { maxInstructions: 3 }).instructions).toHaveLength(3);
  });

  test("stops at the first instruction beyond it", () => {
    expect(checkProgram(`${source}FOO`, { maxInstructions: 2 })).toEqual({
      program: undefined,
      diagnostics: [
        {
          severity: "error",
          code: "PXL_TOO_MANY_INSTRUCTIONS",
          message: "expected at most 2 instructions, got one more",
          line: 5,
          column: 2,
          length: 9,
        },
      ],
    });
  });

  test("may be 0", () => {
    expect(parseProgram("# nothing\n", { maxInstructions: 0 }).instructions).toEqual([]);
    expect(() => parseProgram("HALT", { maxInstructions: 0 })).toThrow(
      expect.objectContaining({ code: "PXL_TOO_MANY_INSTRUCTIONS" }),
    );
  });

  test("faults before it are reported too", () => {
    const { diagnostics } = checkProgram("FOO\nHALT\nHALT", { maxInstructions: 1 });
    expect(diagnostics.map(({ code }) => code)).toEqual(["PXL_UNKNOWN_OPCODE", "PXL_TOO_MANY_INSTRUCTIONS"]);
  });
});

describe("labels", () => {
  test("may be as many as instructions", () => {
    expect(parseProgram("a:\nb:\nHALT", { maxInstructions: 2 }).labels.size).toBe(2);
  });

  test("one too many is a fault of its line, and reading continues", () => {
    const { diagnostics } = checkProgram("a:\nb:\nJMP nowhere\nc:\nFOO", { maxInstructions: 1 });
    expect(
      diagnostics.map(({ code, line, column, length }) => `${code} ${line}:${column}+${length}`),
    ).toEqual(["PXL_TOO_MANY_LABELS 2:1+2", "PXL_TOO_MANY_LABELS 4:1+2", "PXL_UNKNOWN_OPCODE 5:1+3"]);
    expect(diagnostics[0]?.message).toBe('expected at most 1 labels (b:), got "b:"');
  });
});

describe("maxDiagnostics", () => {
  const source = "FOO\nHALT 1\n\nRECT 1 x\nHALT\n";

  test("omits nothing if there are as many diagnostics", () => {
    expect(checkProgram(source, { maxDiagnostics: 4 })).toEqual(checkProgram(source));
    expect(checkProgram(source).diagnostics).toHaveLength(4);
  });

  test("adds one entry with the number and the first place of the omitted diagnostics", () => {
    expect(checkProgram(source, { maxDiagnostics: 2 }).diagnostics).toEqual([
      ...checkProgram(source).diagnostics.slice(0, 2),
      {
        severity: "error",
        code: "PXL_TOO_MANY_DIAGNOSTICS",
        message: "expected at most 2 diagnostics, got 2 more from here on",
        line: 4,
        column: 8,
        length: 1,
      },
    ]);
  });

  test("limits the diagnostics of PxlError", () => {
    expect(() => parseProgram("FOO\n".repeat(1000), { maxDiagnostics: 1 })).toThrow(
      expect.objectContaining({
        code: "PXL_UNKNOWN_OPCODE",
        diagnostics: expect.objectContaining({ length: 2 }),
      }),
    );
  });
});

test.each([
  { maxInstructions: -1 },
  { maxInstructions: 1.5 },
  { maxInstructions: Number.NaN },
  { maxInstructions: "8" as never },
  { maxDiagnostics: 0 },
  { maxDiagnostics: Infinity },
])("%j throws a RangeError", (options) => {
  expect(() => checkProgram("", options)).toThrow(RangeError);
});

describe("1,000,000 lines", () => {
  const lineCount = 1_000_000;

  test("are read", () => {
    const { instructions } = parseProgram("RECT 1 2 3 4\n".repeat(lineCount));
    expect(instructions).toHaveLength(lineCount);
    expect(instructions.at(-1)).toEqual({
      op: "RECT",
      x: 1,
      y: 2,
      w: 3,
      h: 4,
      line: lineCount,
      column: 1,
      length: 12,
    });
  });

  test("all faulty, are counted within bounded memory", () => {
    const { diagnostics } = checkProgram("RECT 1 2 x 4\n".repeat(lineCount), { maxDiagnostics: 3 });
    expect(diagnostics).toHaveLength(4);
    expect(diagnostics[3]?.message).toContain(`got ${lineCount - 3} more`);
  });
});

test.each([
  ["labels", (i: number) => `l${i}:`],
  ["names", (i: number) => `SET v${i} ${i}`],
  ["jumps to undefined labels", (i: number) => `JMP l${i}`],
  ["references to undeclared names", (i: number) => `RECT {v${i}} 0 1 1`],
  ["texts full of braces", (i: number) => `TXT 0 0 {v${i}}{v{v}}`],
  ["warnings", (i: number) => `l${i}:\nPARAM p${i}\nTXT 0 0 {q}`],
])("100,000 lines of %s are read", (_, write) => {
  const source = Array.from({ length: 100_000 }, (_line, i) => write(i)).join("\n");
  const { program, diagnostics } = checkProgram(source, { maxDiagnostics: 10 });
  expect(program !== undefined || diagnostics.length === 11).toBe(true);
});

test.each([
  ["digits", (n: number) => `RECT ${"9".repeat(n)} 0 0 0`],
  ["leading zeros", (n: number) => `RECT ${"0".repeat(n)} 0 0 0`],
  ["one word", (n: number) => "x".repeat(n)],
  ["words", (n: number) => "HALT 1".repeat(n)],
  ["blanks", (n: number) => `HALT${" ".repeat(n)}x`],
  ["a text of blanks", (n: number) => `TXT 0 0 ${" \t".repeat(n)}`],
  ["controls", (n: number) => "\0".repeat(n)],
  ["surrogates", (n: number) => `# ${"\udc00\ud800".repeat(n)}`],
])("one line of 1,000,000 %s is read", (_, write) => {
  const { diagnostics } = checkProgram(write(1_000_000), { maxDiagnostics: 10 });
  expect(diagnostics.length).toBeLessThanOrEqual(11);
});
