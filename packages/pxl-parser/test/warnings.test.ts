import { checkProgram, parseProgram, type PxlWarningCode } from "@gvpie/pxl-parser";
import { describe, expect, test } from "vitest";

/** Returns the diagnostics, which must be warnings, as `code @line:column+length`. */
function warningsOf(source: string): string[] {
  const { program, diagnostics } = checkProgram(source);
  expect(program).toEqual(parseProgram(source));
  return diagnostics.map(({ code, severity, line, column, length }) => {
    expect(severity).toBe("warning");
    return `${code} @${line}:${column}+${length}`;
  });
}

/** Programs by the code of a warning, each with the places where it is given; there may be none. */
const programs: Record<PxlWarningCode, [source: string, ...places: string[]][]> = {
  PXL_UNREACHABLE: [
    ["HALT\nPIX 0 0\nPIX 1 1", "2:1+7"],
    ["JMP a\nPIX 0 0\na:", "2:1+7"],
    ["IF 1 < 2 a\n  PIX 0 0\na:", "2:3+7"],
    ["RET\nCLEAR", "2:1+5"],
    ["IF 1 >= 2 a\nHALT\nPIX 0 0\na:\nPIX 1 1", "3:1+7"],
    ["HALT\nPIX 0 0\na:\nPIX 1 1\n\n# still\nHALT", "2:1+7"],
    ["CALL a\nPIX 0 0\nHALT\na:\nPIX 1 1\nRET"],
    ["CALL a\nPIX 0 0\na:\nHALT", "2:1+7"],
    ["FOR i 3 1\nPIX 0 0\nNEXT", "2:1+7"],
    ["FOR i 1 3 -1\nPIX 0 0\nNEXT\nFOR i 3 1 -1\nPIX 0 0\nNEXT", "2:1+7"],
    ["IF 1 > 2\nPIX 0 0\nELSE\nPIX 1 1\nEND", "2:1+7"],
    ["SET v 1\nIF v = 1 a\nHALT\na:"],
    ["HALT\nPARAM p 1\nTXT 0 0 {p}", "3:1+11"],
  ],
  PXL_NEVER_SET: [
    ["JMP a\nSET v 1\na:\nTXT 0 0 {v}", "4:9+3"],
    ["HALT\nSET v 1\nADD v 1"],
    ["IF 2 < 1 a\nHALT\na:\nSET v 1"],
    ["CALL a\nSET v 1\nHALT\na:\nRET"],
    ["JMP a\nSET v 1\nSET w v\na:\nIF 1 > v b\nMUL w 2\nb:", "5:8+1", "6:1+7"],
  ],
  PXL_NEVER_HALTS: [
    ["a:\nJMP a", "2:1+5"],
    ["a:\nIF 1 = 1 a", "2:1+10"],
    ["SET v 1\na:\nADD v 1\nJMP b\nb:\nJMP a", "6:1+5"],
    ["RET", "1:1+3"],
    ["CALL a\nHALT\na:\nCALL a\nRET", "4:1+6"],
    ["SET v 1\na:\nIF v = 1 a"],
    ["a:\nIF 1 = 2 a"],
    ["CALL a\nHALT\na:\nRET"],
  ],
  PXL_UNUSED_LABEL: [
    ["a:", "1:1+2"],
    ["HALT\n\tb: ", "2:2+2"],
    ["a:\nb:\nc:\nIF 1 = 2 b\nCALL c", "1:1+2"],
  ],
  PXL_UNUSED_PARAM: [
    ["PARAM a", "1:1+7"],
    ["TXT 0 0 {a}\n PARAM a 1", "2:2+9"],
  ],
  PXL_UNUSED_PROCEDURE: [
    ["DEF f\nEND", "1:1+5"],
    ["DEF f\nCALL f\nEND", "1:1+5"],
    ["DEF f\nEND\nDEF g\nCALL f\nEND", "3:1+5"],
    ["CALL f\nDEF f\nEND"],
  ],
  PXL_NEVER_READ: [
    ["SET a 1", "1:1+7"],
    ["SET a 1\nSET a a + 1\nMUL a 2", "1:1+7"],
    ["SET a 1\nSET b a", "2:1+7"],
    ["SET a 1\nTXT 0 0 {a}"],
    ["SET a 1\nPRINT 0 0 {a}"],
    ["SET a 1\nIF 1 > a b\nb:"],
    ["FOR i 0 3\nNEXT"],
    ["ARRAY a 3\nSET a[0] 1", "1:1+9"],
    ["ARRAY a 3\nPIX a[0] 1"],
    ["ARRAY a 6\nPOLY a"],
    ["CALL f 1\nDEF f a\nSET b a\nEND", "3:1+7"],
    ["CALL f 1\nDEF f a\nSET b a\nPIX b b\nEND"],
  ],
  PXL_LITERAL_BRACES: [
    ["SET v 1\nTXT 0 0 {v} {w}", "2:13+3"],
    ["TXT 0 0 😀{v}\nSET v 1", "1:10+3"],
    ["TXT 0 0 {v} {} {1}"],
    ["SET v 1\nTXT 0 0 {v}{ v }{{v}}"],
    ["CALL f\nDEF f\nSET x 1\nTXT 0 0 {x} {z}\nEND", "4:13+3"],
  ],
  PXL_LITERAL_EXPRESSION: [
    ["SET x 1\nTXT 0 0 {x} {x+1}", "2:13+5"],
    ["SET x 1\nTXT 0 0 😀{x:02}{-x}", "2:10+6", "2:16+4"],
    ["TXT 0 0 {width/2} {min(1,2)}", "1:9+9", "1:19+10"],
    ["TXT 0 0 {width} {1+1} {a-b}"],
    ["SET x 1\nPRINT 0 0 {x+1}"],
    ["LIST a 1\nTXT 0 0 {a[0]}", "2:9+6"],
  ],
  PXL_LITERAL_QUOTES: [
    ['TXT 0 0 "a"', "1:1+11"],
    ['PRINT 0 0 "a"', "1:1+13"],
    ['SET x 1\nWRAP 0 0 9 9 "a {x}"', "2:1+20"],
    ['TXT 0 0 "a" and "b"'],
    ['TXT 0 0 "a" b'],
    ['TXT 0 0 "'],
  ],
};

describe.each(Object.entries(programs))("%s", (code, cases) => {
  test.each(cases.map(([source, ...places]) => [source, places] as const))("%j: %j", (source, places) => {
    const found = warningsOf(source).filter((warning) => warning.startsWith(`${code} `));
    expect(found).toEqual(places.map((place) => `${code} @${place}`));
  });
});

test("programs are marked straight and plain", () => {
  const kinds = (source: string): boolean[] => {
    const { straight, plain } = parseProgram(source);
    return [straight, plain];
  };
  expect(kinds("RECT 0 0 1 1\nCOLOR red\nHALT\nTXT 0 0 {a}")).toEqual([true, true]);
  expect(kinds("PARAM a 1\nTXT 0 0 a")).toEqual([true, true]);
  expect(kinds("PARAM a 1\nTXT 0 0 {a}")).toEqual([true, false]);
  expect(kinds("SET a 1")).toEqual([true, false]);
  expect(kinds("a:\nHALT")).toEqual([true, true]);
  expect(kinds("JMP a\na:")).toEqual([false, false]);
  expect(kinds("IF 1 = 1 a\na:")).toEqual([false, false]);
  expect(kinds("CALL a\na:")).toEqual([false, false]);
  expect(kinds("RET")).toEqual([false, false]);
  expect(kinds("PIX 1+2 0")).toEqual([true, false]);
  expect(kinds("POLY 1 2 (3) 4*5")).toEqual([true, false]);
  expect(kinds("COLOR 1+2 3 4")).toEqual([true, false]);
  expect(kinds("FONT 3x5\nPRINT 0 0 text\nPOLY 1 2 3 4")).toEqual([true, true]);
});

test("maxDiagnostics limits warnings too", () => {
  const { program, diagnostics } = checkProgram("a:\nb:\nc:\n", { maxDiagnostics: 1 });
  expect(program?.labels.size).toBe(3);
  expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
    "warning PXL_UNUSED_LABEL",
    "warning PXL_TOO_MANY_DIAGNOSTICS",
  ]);
});

test("messages of warnings", () => {
  const source = [
    "PARAM size 4",
    "SET a 1",
    "TXT 0 0 {siez}",
    "unused:",
    "JMP end",
    "PIX 0 0",
    "SET b 2",
    "end:",
    "PIX {b} 0",
    "DEF halt x",
    "TXT 0 0 {x+1} {later}",
    'TXT 0 0 "hi"',
    "END",
    "else:",
    "ARRAY cells 3",
    "SET later 1",
    "again:",
    "JMP again",
  ];
  const { diagnostics } = checkProgram(source.join("\n"));
  expect(diagnostics.map(({ line, message }) => `${line} ${message}`).join("\n")).toMatchInlineSnapshot(`
    "1 no later line refers to the parameter size
    2 no instruction uses the value of a
    3 {siez} is drawn literally, because no earlier line declares siez; did you mean {size}?
    4 no instruction jumps to unused
    6 this instruction and 1 more after it are never reached
    9 b is 0 here, because no SET of it is reached
    10 no CALL runs the procedure halt
    11 {x+1} is drawn literally, because TXT inserts only names; PRINT inserts expressions
    11 {later} is drawn literally, because later is declared further down, on line 16
    12 the quotes are drawn: a text of TXT is the rest of the line, without quotes
    14 no instruction jumps to else; an opcode has no colon
    15 no instruction uses the value of cells
    16 no instruction uses the value of later
    18 the program never ends: no path reaches a HALT or the last line"
  `);
});
