import { checkProgram, languageOf, PxlError, readColor } from "@gvpie/pxl-parser";
import { describe, expect, test } from "vitest";

test("languageOf returns the least version, or throws", () => {
  expect(languageOf("RECT 0 0 1 1")).toBe("1");
  expect(languageOf("PARAM LIST 3\nCOLOR red")).toBe("1");
  expect(languageOf("COLOR rebeccapurple")).toBe("2");
  expect(languageOf("RECT 0 0 1 1 0")).toBe("2");
  expect(languageOf("SET v 1\nPIX v 0")).toBe("2");
  expect(languageOf("PIX {v} 0\nSET v 1")).toBe("2");
  expect(() => languageOf("NOPE")).toThrow(PxlError);
});

test("only version 2 has the other names of colours", () => {
  expect(readColor("Orange")).toBeUndefined();
  expect(readColor("Orange", "2")).toBe(0xff_a5_00_ff);
  expect(readColor("lightGoldenrodYellow", "2")).toBe(0xfa_fa_d2_ff);
  expect(readColor("red", "1")).toBe(readColor("red", "2"));
  expect(readColor("constructor", "2")).toBeUndefined();
  expect(readColor("in\u212agrey", "2")).toBeUndefined();
});

const messagesOf = (source: string): string =>
  checkProgram(source)
    .diagnostics.map(({ line, message }) => `${line} ${message}`)
    .join("\n");

test("messages say what was expected, what was found, and what to do", () => {
  const source = [
    "LIST l 1",
    "SET v l",
    "SET v v[0]",
    "SET v sine(9)",
    "SET v sin(9)",
    "SET v 1 +",
    "PIX (1 + 2 0",
    "PRINT 0 0 {v+}",
    "PRINT 0 0 {v:x}",
    "FONT 6x8",
    "FILL 0 0 1 1 red blue up2",
    "SET l 1",
    "NEXT",
    "FOR i 0 1 0",
    "ELSE",
    "NEXT",
    "DEF f a b",
    "  PARAM p 1",
    "END",
    "CALL f 1",
    "JMP f",
    "INT n 5 1 3",
    "| rr",
    "IF q IS 1",
  ].join("\n");
  expect(messagesOf(source)).toMatchInlineSnapshot(`
    "2 expected a number, not an array (SET name value), got "l"; did you mean l[0] or len(l)?
    3 expected the name of a LIST or an ARRAY (SET name value), got "v"
    4 expected one of the functions min max abs sqrt sin cos rand len textwidth textlines (SET name value), got "sine"
    5 expected sin(degrees, r) (SET name value), got "sin(9)"
    6 expected value as an integer such as 12 or -3, a name or an expression (SET name value), got "1 +"; column 10: expected a value
    7 expected x as an integer such as 12 or -3, a name or an expression (PIX x y), got "(1"; column 12: expected ")"
    7 expected y as an integer such as 12 or -3, a name or an expression (PIX x y), got "+"
    7 expected the end of the line (PIX x y), got "2 0"
    8 expected {expression}, {expression:format} or {{ for a brace; a value is missing (PRINT x y text), got "{v+}"
    9 expected {expression}, {expression:format} or {{ for a brace; a format such as 02, 4, .2 or , after the colon, which is missing (PRINT x y text), got "{v:x}"
    10 expected one of 3x5, 5x7, 8x13, 5x7-intl, 8x13-intl (FONT font), got "6x8"
    11 expected one of right, down, left, up (FILL x y w h start end direction), got "up2"; did you mean up?
    12 expected a variable or a cell such as l[0], not an array (SET name value), got "l"
    13 expected NEXT after an open FOR, got it without one
    14 expected step other than 0 (FOR name from to [step]), got "0"
    15 expected NEXT for the FOR of line 14, got ELSE
    18 expected PARAM outside all blocks, got it in the DEF of line 17
    20 expected 2 arguments, a b, for f, got 1 in "f 1"
    21 expected a label that a line "name:" defines (JMP label), got "f"; did you mean CALL f?
    22 expected hi of at least lo, 5 (INT name lo hi value [decimals]), got "1"
    23 expected a row of a picture only directly after an IMAGE or another row, got "|"
    24 expected END for this IF, got the end of the program
    24 expected a number, or a name that a PARAM, INT, SET or FOR declares (IF left relation right [label]), got "q"; did you mean l?"
  `);
});

test.each([
  // One mistake is one error.
  ["DEF 9 a\n  SET x a\n  PIX x a\nEND", ["PXL_NOT_A_NAME 1:5"]],
  ["IMAGE 0 0 2 1 r=red\n| r\u0000", ["PXL_CONTROL_CHARACTER 2:4"]],
  ["FOR i 0 1\n  IF i = 1\n    PIX i 0\nNEXT\nHALT", ["PXL_NO_BLOCK 4:1"]],
  ["IF 1 <\n  HALT\nEND", ["PXL_MISSING_OPERAND 1:7"]],
  ["PIX (1 + x)+ 0", ["PXL_NOT_AN_INTEGER 1:5"]],
  ["l:\nIF 1 = 2<3 l", ["PXL_NOT_AN_INTEGER 2:8"]],
  ["PIX 1 2 # a comment", ["PXL_EXTRA_OPERAND 1:9"]],
  ["RECT 1 2 3 4 # a comment", ["PXL_EXTRA_OPERAND 1:14"]],
  ["COLOR red # a comment", ["PXL_EXTRA_OPERAND 1:11"]],
])("%j has only its own errors", (source, expected) => {
  const { diagnostics } = checkProgram(source);
  expect(diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`)).toEqual(expected);
});

describe("a message of a late error names the other line", () => {
  test.each([
    ["SET i 0\nFOR i 0 1\n  IF i = 1\nNEXT\nEND", "4 expected ELSE or END for the IF of line 3, got NEXT"],
    ["FOR i 0 1", "1 expected NEXT for this FOR, got the end of the program"],
    [
      "HALT\nf:\nDEF f\nEND",
      "3 expected a name that neither a label nor another DEF has, not that of line 2",
    ],
  ])("%j", (source, message) => {
    expect(messagesOf(source)).toContain(message);
  });
});
