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

test("the rows of an IMAGE beyond maxInstructions are not read", () => {
  const { diagnostics } = checkProgram("HALT\nIMAGE 0 0 1 1 r=red\n| x", { maxInstructions: 1 });
  expect(diagnostics.map(({ code }) => code)).toEqual(["PXL_TOO_MANY_INSTRUCTIONS"]);
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

test("1,000,000 lines are read", () => {
  const lineCount = 1_000_000;
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

test("200,000 faulty lines are counted within bounded memory", () => {
  const { diagnostics } = checkProgram("RECT 1 2 x 4\n".repeat(200_000), { maxDiagnostics: 3 });
  expect(diagnostics).toHaveLength(4);
  expect(diagnostics[3]?.message).toContain("got 199997 more");
});

test.each([
  ["labels", (i: number) => `l${i}:`],
  ["names", (i: number) => `SET v${i} ${i}`],
  ["jumps to undefined labels", (i: number) => `JMP l${i}`],
  ["references to undeclared names", (i: number) => `RECT {v${i}} 0 1 1`],
  ["texts full of braces", (i: number) => `TXT 0 0 {v${i}}{v{v}}`],
  ["warnings", (i: number) => `l${i}:\nPARAM p${i}\nTXT 0 0 {q}`],
])("50,000 lines of %s are read", (_, write) => {
  const source = Array.from({ length: 50_000 }, (_line, i) => write(i)).join("\n");
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
  ["a brace and blanks", (n: number) => `SET x 1\nTXT 0 0 {x${" ".repeat(n)}!${"{x ".repeat(n / 4)}`],
  ["controls", (n: number) => "\0".repeat(n)],
  ["surrogates", (n: number) => `# ${"\udc00\ud800".repeat(n)}`],
])("one line of 1,000,000 %s is read", (_, write) => {
  const { diagnostics } = checkProgram(write(1_000_000), { maxDiagnostics: 10 });
  expect(diagnostics.length).toBeLessThanOrEqual(11);
});

test.each([
  ["parentheses", "PXL_TOO_DEEP", (n: number) => `SET v ${"(".repeat(n)}`],
  ["minus signs", "PXL_NOT_AN_INTEGER", (n: number) => `SET v ${"-".repeat(n)}1`],
  ["minus signs in parentheses", "PXL_TOO_DEEP", (n: number) => `SET v ${"-(".repeat(n)}`],
  ["indexes", "PXL_TOO_DEEP", (n: number) => `SET v ${"a[".repeat(n)}`],
  ["pluses", "PXL_NOT_AN_INTEGER", (n: number) => `SET v ${"+".repeat(n)}`],
  ["operators", undefined, (n: number) => `PIX ${"1+1*".repeat(n)}1 0`],
  ["pluses without a value", "PXL_NOT_AN_INTEGER", (n: number) => `PIX ${"1+".repeat(n)} 0`],
  ["open words of POLY", "PXL_NOT_AN_INTEGER", (n: number) => `POLY${" (1".repeat(n)}`],
  ["numbers of POLY", "PXL_TOO_MANY_POINTS", (n: number) => `POLY${" 1".repeat(n)}`],
  ["integers of LIST", "PXL_TOO_MANY_CELLS", (n: number) => `LIST l${" 1".repeat(3 * n)}`],
  ["words of LIST", "PXL_NOT_AN_INTEGER", (n: number) => `LIST l${" x".repeat(n)}`],
  ["arguments of CALL", "PXL_ARGUMENT_COUNT", (n: number) => `CALL f${" 1".repeat(n)}\nDEF f\nEND`],
  [
    "arguments of DEF",
    "PXL_ARGUMENT_COUNT",
    (n: number) => `DEF f${Array.from({ length: n }, (_a, i) => ` a${i}`).join("")}\nEND`,
  ],
  ["arguments of a function", "PXL_ARGUMENT_COUNT", (n: number) => `SET v min(1${",1".repeat(n)})`],
  ["braces of PRINT", undefined, (n: number) => `PRINT 0 0 ${"{{".repeat(n)}`],
  ["open insertions", "PXL_BAD_TEMPLATE", (n: number) => `PRINT 0 0 ${"{1+ ".repeat(n)}`],
  ["insertions", undefined, (n: number) => `PRINT 0 0 ${"{1}".repeat(n)}`],
  ["quotes", "PXL_BAD_TEMPLATE", (n: number) => `PRINT 0 0 ${'{textwidth("}'.repeat(n)}`],
  ["entries of a palette", "PXL_NOT_A_PIXEL", (n: number) => `IMAGE 0 0 1 1${" r=red".repeat(n)}\n| r`],
])("one line of 30,000 %s is read: %s", (_, code, write) => {
  const { diagnostics } = checkProgram(write(30_000), { maxDiagnostics: 10 });
  expect(diagnostics.find(({ severity }) => severity === "error")?.code).toBe(code);
});

test.each([
  ["FOR", "PXL_UNCLOSED_BLOCK", () => "FOR i 0 1"],
  ["IF", "PXL_UNCLOSED_BLOCK", () => "IF 1 = 1"],
  ["END", "PXL_NO_BLOCK", () => "END"],
  ["FOR and END", "PXL_UNCLOSED_BLOCK", (i: number, n: number) => (i < n / 2 ? "FOR i 0 1" : "END")],
  [
    "FOR and jumps out",
    "PXL_UNCLOSED_BLOCK",
    (i: number, n: number) => (i === 0 ? "l:" : i < n / 2 ? "FOR i 0 1" : "JMP l"),
  ],
  ["DEF", "PXL_UNCLOSED_BLOCK", (i: number) => `DEF f${i} a b c`],
  ["procedures", undefined, (i: number) => `DEF f${i} a b\nSET c${i} a\nPIX c${i} b\nEND\nCALL f${i} 1 2`],
  ["SET in one procedure", "PXL_UNCLOSED_BLOCK", (i: number) => (i === 0 ? "DEF f" : `SET v${i} 1`)],
  ["PRINT", undefined, () => "PRINT 0 0 a"],
  ["IMAGE", undefined, () => "IMAGE 0 0 1 1 r=red\n| r"],
  ["rows", "PXL_NO_IMAGE", () => "| r"],
  ["rows of one IMAGE", "PXL_EXTRA_ROW", (i: number) => (i === 0 ? "IMAGE 0 0 1 1 r=red" : "| r")],
  ["ARRAY", "PXL_TOO_MANY_CELLS", (i: number) => `ARRAY a${i} 9`],
  ["CANVAS", "PXL_DUPLICATE_DIRECTIVE", () => "CANVAS 1 1"],
  ["names of later lines", undefined, (i: number, n: number) => `SET v${i} v${n - 1 - i}`],
])("10,000 lines of %s are read: %s", (_, code, write) => {
  const source = Array.from({ length: 10_000 }, (_line, i) => write(i, 10_000)).join("\n");
  const { diagnostics } = checkProgram(source, { maxDiagnostics: 10 });
  expect(diagnostics.find(({ severity }) => severity === "error")?.code).toBe(code);
});

describe("bounds of version 2", () => {
  const codesOf = (source: string): string[] =>
    checkProgram(source).diagnostics.flatMap(({ severity, code, line, column }) =>
      severity === "error" ? [`${code} ${line}:${column}`] : [],
    );
  const nested = (n: number): string => `SET i 0\n${"IF i = 0\n".repeat(n)}${"END\n".repeat(n)}`;
  const inside = (n: number): string => `DEF f\n${"FOR i 0 1\nNEXT\n".repeat(n)}SET x 1\nEND`;

  test.each([
    [`SET v ${"(".repeat(64)}1${")".repeat(64)}`, []],
    [`SET v ${"(".repeat(65)}1${")".repeat(65)}`, ["PXL_TOO_DEEP 1:71"]],
    [`SET v ${"-(".repeat(32)}1${")".repeat(32)}`, []],
    [`SET v ${"abs(".repeat(65)}1${")".repeat(65)}`, ["PXL_TOO_DEEP 1:266"]],
    [nested(64), []],
    [nested(65), ["PXL_TOO_DEEP 66:1"]],
    // 127 FORs with two hidden variables each, their variable, and x.
    [inside(127), []],
    [inside(128), ["PXL_TOO_MANY_LOCALS 1:5"]],
    [`POLY${" 1 2".repeat(4096)}`, []],
    [`POLY${" 1 2".repeat(4097)}`, ["PXL_TOO_MANY_POINTS 1:16390"]],
    ["ARRAY a 65536", []],
    ["ARRAY a 65537", ["PXL_OUT_OF_RANGE 1:9"]],
    ["ARRAY a 65535\nLIST l 1", []],
    ["ARRAY a 65535\nLIST l 1 2", ["PXL_TOO_MANY_CELLS 2:10"]],
    ["ARRAY a 65536\nARRAY b 1", ["PXL_TOO_MANY_CELLS 2:9"]],
    [`DEF f${Array.from({ length: 16 }, (_, i) => ` a${i}`).join("")}\nEND`, []],
    [`DEF f${Array.from({ length: 17 }, (_, i) => ` a${i}`).join("")}\nEND`, ["PXL_ARGUMENT_COUNT 1:61"]],
    ["CANVAS 4294967295 1", []],
    ["CANVAS 4294967296 0", ["PXL_OUT_OF_RANGE 1:8", "PXL_OUT_OF_RANGE 1:19"]],
    ["FRAMES 65535 65535", []],
    ["FRAMES 65536 0", ["PXL_OUT_OF_RANGE 1:8", "PXL_OUT_OF_RANGE 1:14"]],
    ["COLOR 0 255 0 255", []],
    ["COLOR -1 256 0", ["PXL_OUT_OF_RANGE 1:7", "PXL_OUT_OF_RANGE 1:10"]],
    ["INT n -2147483648 2147483647 0 9", []],
    ["INT n 0 1 0 10", ["PXL_OUT_OF_RANGE 1:13"]],
  ])("%j", (source, expected) => {
    expect(codesOf(source)).toEqual(expected);
  });
});
