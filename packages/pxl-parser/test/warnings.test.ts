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
  PXL_LITERAL_BRACES: [
    ["SET v 1\nTXT 0 0 {v} {w}", "2:13+3"],
    ["TXT 0 0 😀{v}\nSET v 1", "1:10+3"],
    ["TXT 0 0 {v} {} {1}"],
    ["SET v 1\nTXT 0 0 {v}{ v }{{v}}"],
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
    "again:",
    "JMP again",
  ];
  const { diagnostics } = checkProgram(source.join("\n"));
  expect(diagnostics.map(({ line, message }) => `${line} ${message}`).join("\n")).toMatchInlineSnapshot(`
    "1 no later line refers to the parameter size
    3 {siez} is drawn literally, because no earlier PARAM or SET declares siez; did you mean {size}?
    4 no instruction jumps to unused
    6 this instruction and 1 more after it are never reached
    9 b is 0 here, because no SET of it is reached
    11 the program never ends: no path reaches a HALT or the last line"
  `);
});
