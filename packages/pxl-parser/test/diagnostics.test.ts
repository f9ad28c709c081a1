import { checkProgram, parseProgram, PxlError, type PxlErrorCode } from "@gvpie/pxl-parser";
import { describe, expect, test } from "vitest";

/** Returns the diagnostics as `code @line:column+length`. */
function check(source: string): string[] {
  const { program, diagnostics } = checkProgram(source);
  expect(program === undefined).toBe(diagnostics.some(({ severity }) => severity === "error"));
  return diagnostics.map(({ code, line, column, length }) => `${code} @${line}:${column}+${length}`);
}

/** The codes that language-2.test.ts tests. */
type Version2 =
  | "PXL_NOT_A_NUMBER"
  | "PXL_NOT_AN_ARRAY"
  | "PXL_UNKNOWN_FUNCTION"
  | "PXL_ARGUMENT_COUNT"
  | "PXL_TOO_DEEP"
  | "PXL_BAD_TEMPLATE"
  | "PXL_NOT_A_FONT"
  | "PXL_NOT_A_DIRECTION"
  | "PXL_NOT_A_PIXEL"
  | "PXL_NO_IMAGE"
  | "PXL_MISSING_ROW"
  | "PXL_EXTRA_ROW"
  | "PXL_DUPLICATE_DIRECTIVE"
  | "PXL_NOT_AT_TOP_LEVEL"
  | "PXL_UNCLOSED_BLOCK"
  | "PXL_NO_BLOCK"
  | "PXL_JUMP_INTO_BLOCK"
  | "PXL_JUMP_OUT_OF_BLOCK";

/** Faulty sources by the code of the fault, each with the place where it is reported. */
const faults: Record<
  // limits.test.ts tests the codes of limits.
  Exclude<PxlErrorCode, `PXL_TOO_MANY_${string}` | Version2>,
  [source: string, place: string][]
> = {
  PXL_UNKNOWN_OPCODE: [
    ["FOO", "1:1+3"],
    ["  FOO 1 2", "1:3+3"],
    ["HALT\r\n\tfoo", "2:2+3"],
    ["TXT1 2 3 a", "1:1+4"],
    ["HALTX", "1:1+5"],
    ["HAL", "1:1+3"],
    ["😀é 1", "1:1+2"],
    ["\u00a0HALT", "1:1+5"],
    ["\uFEFF\uFEFFHALT", "1:1+5"],
    ["\u0154XT 1 2 a", "1:1+3"],
    ["HAL\u0174", "1:1+4"],
    ["1 2 3 4", "1:1+1"],
    ["constructor", "1:1+11"],
    ["__proto__", "1:1+9"],
    ["//", "1:1+2"],
  ],
  PXL_MISSING_OPERAND: [
    ["RECT", "1:5+0"],
    ["RECT 1 2 3", "1:11+0"],
    ["RECT 1 2 3 \t ", "1:11+0"],
    ["\tRECT 1\r\nHALT", "1:8+0"],
    ["TXT", "1:4+0"],
    ["TXT 1  ", "1:6+0"],
    ["CLIP 0", "1:7+0"],
    ["SPRITE 0 0 4 2 8", "1:17+0"],
    ["PARAM", "1:6+0"],
    ["SET v", "1:6+0"],
    ["IF 1 <", "1:7+0"],
    ["JMP", "1:4+0"],
  ],
  PXL_MISSING_TEXT: [
    ["TXT 1 2", "1:8+0"],
    ["TXT 1 2 ", "1:8+0"],
    ["TXT 1 2 \t  \r\n", "1:8+0"],
  ],
  PXL_EXTRA_OPERAND: [
    ["HALT 1", "1:6+1"],
    ["HALT  now  please  ", "1:7+11"],
    ["RECT 1 2 3 4 5 6", "1:16+1"],
    ["RECT 1 2 3 4 # box", "1:14+5"],
    ["HALT 😀", "1:6+1"],
    ["CLIP 0 0 1 1 1", "1:14+1"],
    ["SPRITE 0 0 4 1 8 8 8", "1:18+3"],
    ["HALT: # here", "1:7+6"],
  ],
  PXL_NOT_AN_INTEGER: [
    ["RECT 1 2\t3  4px", "1:13+3"],
    ["RECT 1.5 2 3 4", "1:6+3"],
    ["RECT +5 2 3 4", "1:6+2"],
    ["RECT - 2 3 4", "1:6+1"],
    ["RECT --1 2 3 4", "1:6+3"],
    ["RECT 1- 2 3 4", "1:6+2"],
    ["RECT 1e3 2 3 4", "1:6+3"],
    ["RECT 0x10 2 3 4", "1:6+4"],
    ["RECT 1,2 2 3 4", "1:6+3"],
    ["RECT ٣ 2 3 4", "1:6+1"],
    ["RECT 😀😀 2 3 4", "1:6+2"],
    ["SET v (1 +", "1:7+4"],
    ["SET v 1 +\nHALT", "1:7+3"],
    ["SET v --1", "1:7+3"],
    ["PARAM n 1\nSPRITE 0 0 {n} 1 8", "2:12+3"],
    ["RECT {n 0 1 1", "1:6+2"],
    ["SET v 1.5", "1:7+3"],
  ],
  PXL_OUT_OF_RANGE: [
    ["RECT 4294967296 0 0 0", "1:6+10"],
    ["RECT 0 -2147483649 0 0", "1:8+11"],
    ["RECT 0 0 -1 0", "1:10+2"],
    ["RECT 0 0 0 4294967296", "1:12+10"],
    ["TXT 99999999999999999999 0 a", "1:5+20"],
    [`TXT 0 -${"9".repeat(400)} a`, "1:7+401"],
    ["SCALE 0", "1:7+1"],
    ["SCALE 65", "1:7+2"],
    ["SPRITE 0 0 257 1 8", "1:12+3"],
    ["SPRITE 0 0 1 0", "1:14+1"],
    ["SET v 2147483648", "1:7+10"],
    ["SET v -2147483649", "1:7+11"],
  ],
  PXL_LONE_SURROGATE: [
    ["TXT 0 0 a\ud800", "1:10+1"],
    ["TXT 0 0 \udc00\nHALT", "1:9+1"],
    ["TXT 0 0 😀\ude00", "1:10+1"],
    ["#\ud800", "1:2+1"],
    ["RECT \ud800 2 3 4", "1:6+1"],
    ["\udfffHALT", "1:1+1"],
    ["HALT \ud800", "1:6+1"],
  ],
  PXL_CONTROL_CHARACTER: [
    ["TXT 0 0 a\0b", "1:10+1"],
    ["TXT 0 0 \u001b[2J", "1:9+1"],
    ["TXT 0 0 a\u007f", "1:10+1"],
    ["TXT 0 0 a\u0080", "1:10+1"],
    ["TXT 0 0 a\u009f", "1:10+1"],
    ["TXT 0 0 a\u001f", "1:10+1"],
    ["TXT 0 0 a\rHALT", "1:10+1"],
    ["TXT 0 0 a\r\r\n", "1:10+1"],
    ["#\u0007", "1:2+1"],
    ["# a\rHALT", "1:4+1"],
    ["HALT\f", "1:5+1"],
    ["RECT\v1 2 3 4", "1:5+1"],
    ["RECT 1\0 2 3 4", "1:7+1"],
  ],
  PXL_NOT_A_COLOR: [
    ["COLOR rot", "1:7+3"],
    ["COLOR #12", "1:7+3"],
    ["COLOR #12345", "1:7+6"],
    ["COLOR #ggg", "1:7+4"],
    ["COLOR ff0000", "1:7+6"],
    ["COLOR #1234567890", "1:7+11"],
    ["COLOR \u212aed", "1:7+3"],
    ["COLOR {9}", "1:7+3"],
    ["PARAM c red\nCOLOR c", "2:7+1"],
    ["SET v 1\nCOLOR {v}", "2:7+3"],
  ],
  PXL_NOT_AN_ALIGNMENT: [
    ["ALIGN middle", "1:7+6"],
    ["ALIGN 1", "1:7+1"],
    ["ALIGN r\u0131ght", "1:7+5"],
    ["PARAM a left\nALIGN {a}", "2:7+3"],
  ],
  PXL_NOT_A_ROW: [
    ["SPRITE 0 0 4 1 g", "1:16+1"],
    ["SPRITE 0 0 4 1 88", "1:16+2"],
    ["SPRITE 0 0 9 1 ff", "1:16+2"],
    ["SPRITE 0 0 9 1 ff4", "1:16+3"],
    ["SPRITE 0 0 1 1 4", "1:16+1"],
    ["SPRITE 0 0 4 3 8 -8 8", "1:18+2"],
  ],
  PXL_NOT_A_NAME: [
    ["9:", "1:1+2"],
    [":", "1:1+1"],
    ["  é:", "1:3+2"],
    ["a-b:", "1:1+4"],
    [`${"x".repeat(65)}:`, "1:1+66"],
    ["PARAM 9 x", "1:7+1"],
    ["PARAM {a} x", "1:7+3"],
    ["SET {v} 1", "1:5+3"],
    ["ADD é 1", "1:5+1"],
    ["JMP a-b", "1:5+3"],
    ["a:\nJMP a:", "2:5+2"],
  ],
  PXL_NOT_A_RELATION: [
    ["a:\nIF 1 == 2 a", "2:6+2"],
    ["a:\nIF 1 ≤ 2 a", "2:6+1"],
    ["a:\nIF 1 lt 2 a", "2:6+2"],
  ],
  PXL_UNDECLARED_NAME: [
    ["RECT {x} 0 1 1", "1:6+3"],
    ["RECT a 2 3 4", "1:6+1"],
    ["TXT 1 Hello GPU", "1:7+5"],
    ["TXT NaN 1 a", "1:5+3"],
    ["TXT Infinity 1 a", "1:5+8"],
    ["SCALE {n}", "1:7+3"],
    ["COLOR {c}", "1:7+3"],
    ["ADD v 1", "1:5+1"],
    ["SET v {w}", "1:7+3"],
    ["SET v 1\nADD V 1", "2:5+1"],
    ["a:\nIF 1 < v a", "2:8+1"],
    ["SET constructor 1\nADD toString 1", "2:5+8"],
  ],
  PXL_DUPLICATE_NAME: [
    ["PARAM a 1\nPARAM a 2", "2:7+1"],
    ["SET a 1\nPARAM a 2", "2:7+1"],
  ],
  PXL_NOT_A_VARIABLE: [
    ["PARAM a 1\nSET a 2", "2:5+1"],
    ["PARAM a 1\nMOD a 2", "2:5+1"],
  ],
  PXL_UNDEFINED_LABEL: [
    ["JMP a", "1:5+1"],
    ["CALL A\na:", "1:6+1"],
    ["IF 1 = 1 there", "1:10+5"],
    ["JMP toString", "1:5+8"],
  ],
  PXL_DUPLICATE_LABEL: [
    ["a:\na:", "2:1+2"],
    ["a:\nHALT\r\n\ta: \r\nJMP a", "3:2+2"],
  ],
};

describe.each(Object.entries(faults))("%s", (code, cases) => {
  test.each(cases)("%j @%s", (source, place) => {
    expect(check(source)).toEqual([`${code} @${place}`]);
  });
});

describe("all faults are reported, in source order", () => {
  test.each<[string, string, string[]]>([
    [
      "on one line",
      "RECT a 5000000000 -1 # x",
      [
        "PXL_UNDECLARED_NAME @1:6+1",
        "PXL_OUT_OF_RANGE @1:8+10",
        "PXL_OUT_OF_RANGE @1:19+2",
        "PXL_NOT_AN_INTEGER @1:22+1",
        "PXL_UNDECLARED_NAME @1:24+1",
      ],
    ],
    ["operands before the end", "RECT x 1", ["PXL_UNDECLARED_NAME @1:6+1", "PXL_MISSING_OPERAND @1:9+0"]],
    [
      "an operand before missing text",
      "TXT 10 Hello",
      ["PXL_UNDECLARED_NAME @1:8+5", "PXL_MISSING_TEXT @1:13+0"],
    ],
    [
      "on several lines",
      "HALT\nRECT\r\n# fine\nFOO\nTXT 0 0 fine\nHALT 1",
      ["PXL_MISSING_OPERAND @2:5+0", "PXL_UNKNOWN_OPCODE @4:1+3", "PXL_EXTRA_OPERAND @6:6+1"],
    ],
    ["after HALT", "HALT\nFOO", ["PXL_UNKNOWN_OPCODE @2:1+3"]],
    [
      "characters between words",
      "RECT 1\0 a \ud800 -1",
      [
        "PXL_CONTROL_CHARACTER @1:7+1",
        "PXL_UNDECLARED_NAME @1:9+1",
        "PXL_LONE_SURROGATE @1:11+1",
        "PXL_OUT_OF_RANGE @1:13+2",
      ],
    ],
    [
      "every forbidden character",
      "TXT a 0 😀\udc00\ud800\0",
      [
        "PXL_UNDECLARED_NAME @1:5+1",
        "PXL_LONE_SURROGATE @1:10+1",
        "PXL_LONE_SURROGATE @1:11+1",
        "PXL_CONTROL_CHARACTER @1:12+1",
      ],
    ],
  ])("%s", (_, source, expected) => expect(check(source)).toEqual(expected));
});

test('messages have the form "expected …, got …"', () => {
  const source = [
    "REKT 0 0 1 1",
    "DRAW",
    "RECT 1 2",
    "TXT 1 2",
    "TXT x 2 a",
    "RECT 0 0 ten 1",
    "RECT 0 0 -1 1",
    "HALT now",
    "HALT # now",
    "TXT 0 0 a\rHALT",
    "TXT 0 0 a\u001b",
    "TXT 0 0 a\ud83d",
  ].join("\n");
  const messages = checkProgram(source).diagnostics.map(({ line, message }) => `${line} ${message}`);
  expect(messages.join("\n")).toMatchInlineSnapshot(`
    "1 expected an opcode, got "REKT"; did you mean RECT?
    2 expected an opcode, got "DRAW"; did you mean WRAP?
    3 expected w, h (RECT x y w h [radius]), got the end of the line
    4 expected text (TXT x y text), got the end of the line
    5 expected a number, or a name that a PARAM, INT, SET or FOR declares (TXT x y text), got "x"
    6 expected a number, or a name that a PARAM, INT, SET or FOR declares (RECT x y w h [radius]), got "ten"
    7 expected w from 0 to 4294967295 (RECT x y w h [radius]), got "-1"
    8 expected the end of the line (HALT), got "now"
    9 expected the end of the line (HALT), got "# now"; a comment needs a line of its own
    10 expected LF or CR LF at the end of a line, got CR (U+000D) alone
    11 expected no control character except tab, got U+001B
    12 expected well-formed Unicode, got the lone surrogate U+D83D"
  `);
});

describe("an unknown word similar to an opcode suggests it", () => {
  test.each([
    ["REC", "RECT"],
    ["RETC", "RECT"],
    ["RECTANGLE", "RECT"],
    ["rect;", "RECT"],
    ["TEXT", "TXT"],
    ["TXT10", "TXT"],
    ["TX", "TXT"],
    ["hlat", "HALT"],
    ["HAULTS", "HALT"],
  ])("%s: %s", (word, opcode) => {
    expect(checkProgram(word).diagnostics[0]?.message).toMatch(new RegExp(`; did you mean ${opcode}\\?$`));
  });

  test.each(["STOP", "A", "12", "TAB", "😀", `RECT${"x".repeat(20)}`, "x".repeat(100_000)])(
    "%.20s: no suggestion",
    (word) => {
      expect(checkProgram(word).diagnostics[0]?.message).not.toContain("did you mean");
    },
  );
});

describe("an excerpt in a message is escaped and shortened", () => {
  test.each([
    ['a"b\\c', String.raw`"a\"b\\c"`],
    ["\u202eabc", String.raw`"\u{202e}abc"`],
    ["a\u00a0b", String.raw`"a\u{a0}b"`],
    ["x".repeat(50), `"${"x".repeat(40)}…"`],
    [`${"x".repeat(39)}😀y`, `"${"x".repeat(39)}…"`],
  ])("%j", (word, excerpt) => {
    expect(checkProgram(word).diagnostics[0]?.message).toContain(`got ${excerpt}`);
  });
});

test("parseProgram throws one PxlError with all diagnostics", () => {
  const source = "HALT\nRECT 1 2 x\nFOO";
  const { diagnostics } = checkProgram(source);
  let thrown: unknown;
  try {
    parseProgram(source);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(PxlError);
  expect(thrown).toMatchObject({ name: "PxlError", code: "PXL_UNDECLARED_NAME", diagnostics });
  expect((thrown as PxlError).message).toBe(`line 2, column 10: ${diagnostics[0]?.message}`);
});

test("a source that is not a string throws a TypeError", () => {
  expect(() => checkProgram(undefined as never)).toThrow(TypeError);
  expect(() => parseProgram(["HALT"] as never)).toThrow(TypeError);
});
