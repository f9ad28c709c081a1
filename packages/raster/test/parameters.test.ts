import { glyphIndex } from "@gvpie/glyph-rom";
import { type Instruction, parseProgram } from "@gvpie/pxl-parser";
import { type DrawList, lowerProgram, RasterError, type RenderOptions } from "@gvpie/raster";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { outlineOf } from "./support/outline.ts";

type Params = NonNullable<RenderOptions["params"]>;

const CANVAS = { width: 400, height: 30 };
const TEMPLATE = "PARAM t a\nPARAM x 3\nPIX 0 0\nTXT {x} 9 {t}|{t}\nPIX 9 0";

function lower(source: string, params: Params): DrawList {
  return lowerProgram(source, { ...CANVAS, params });
}

test("uses defaults for parameters that are not given, and the digits of a number", () => {
  expect(outlineOf(lower("PARAM x 7\nPIX {x} 0", {}))).toEqual(outlineOf(lower("PIX 7 0", {})));
  expect(outlineOf(lower("PARAM x 7\nPIX {x} 0", { x: 8 }))).toEqual(outlineOf(lower("PIX 8 0", {})));
  expect(outlineOf(lower("PARAM x 7\nTXT 0 0 {x}", { x: -8 }))).toEqual(outlineOf(lower("TXT 0 0 -8", {})));
  expect(outlineOf(lower("PARAM c red\nCOLOR {c}\nCLEAR", { c: "#010203" }))).toEqual(
    outlineOf(lower("COLOR #010203\nCLEAR", {})),
  );
});

describe("rejects", () => {
  test.each([
    ["an unknown name", { nope: 1 }, 'expected the name of a parameter of the program, got "nope"'],
    [
      "a long unknown name",
      { ["n".repeat(999)]: 1 },
      `expected the name of a parameter of the program, got "${"n".repeat(64)}"`,
    ],
    ["an inherited name", { toString: 1 }, 'expected the name of a parameter of the program, got "toString"'],
    [
      "the name __proto__",
      JSON.parse('{ "__proto__": 1 }'),
      'expected the name of a parameter of the program, got "__proto__"',
    ],
    ["a newline", { t: "a\nHALT" }, "parameter t: expected no control characters, got U+000A"],
    ["a carriage return", { t: "a\rHALT" }, "expected no control characters, got U+000D"],
    ["NUL", { t: "\0" }, "expected no control characters, got U+0000"],
    ["DEL", { t: "\u{7f}" }, "expected no control characters, got U+007F"],
    ["a C1 control character", { t: "\u{85}" }, "expected no control characters, got U+0085"],
    [
      "half a surrogate pair",
      { t: "a\u{d800}" },
      "expected well-formed Unicode, got half of a surrogate pair",
    ],
    ["65,537 code units", { t: "a".repeat(65_537) }, "expected at most 65536 UTF-16 code units, got 65537"],
    ["a fraction", { t: 1.5 }, "expected an integer within ±(2⁵³ − 1), got 1.5"],
    ["NaN", { t: Number.NaN }, "expected an integer within ±(2⁵³ − 1), got NaN"],
    ["2⁵³", { t: 2 ** 53 }, "expected an integer within ±(2⁵³ − 1), got 9007199254740992"],
    ["null", { t: null }, "expected a string or a number, got null"],
    ["an array", { t: ["a"] }, "expected a string or a number, got an array"],
    ["undefined", { t: undefined }, "expected a string or a number, got undefined"],
  ])("%s", (_, params, message) => {
    expect(() => lower(TEMPLATE, params as unknown as Params)).toThrow(
      expect.objectContaining({ code: "RASTER_BAD_PARAM", message: expect.stringContaining(message) }),
    );
  });
});

/** Hostile values. */
const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "\n",
        "\r",
        "\u{2028}",
        "HALT",
        "RECT 0 0 9 9",
        "{",
        "}",
        "{t}",
        "{x}",
        "#",
        " ",
        "\t",
        "0",
        ":",
      ),
      { maxLength: 12 },
    )
    .map((pieces) => pieces.join("")),
);

/** Returns the draw list of a template with some values, or the code and the place of the error. */
function outcomeOf(source: string, params: Params): unknown {
  try {
    return outlineOf(lower(source, params));
  } catch (error) {
    if (!(error instanceof RasterError)) throw error;
    return { code: error.code, line: error.line, column: error.column };
  }
}

const REFUSED = { code: "RASTER_BAD_PARAM", line: undefined, column: undefined };

function holdsControlCharacter(value: string): boolean {
  return /\p{Cc}/u.test(value.replaceAll("\t", ""));
}

test("a value in a text is drawn as text or rejected, and never parsed", () => {
  fc.assert(
    fc.property(hostile, (value) => {
      // The same program with the value in place, made without a parser.
      const { instructions, ...program } = parseProgram("PIX 0 0\nTXT 3 9 text\nPIX 9 0");
      const replaced = instructions.map((i): Instruction =>
        i.op === "TXT" ? { ...i, text: `${value}|${value}` } : i,
      );
      const expected = outlineOf(lowerProgram({ ...program, instructions: replaced }, CANVAS));
      expect(outcomeOf(TEMPLATE, { t: value })).toEqual(holdsControlCharacter(value) ? REFUSED : expected);
    }),
    { numRuns: 500 },
  );
});

test("a value in an operand is an integer in its range, or the instruction fails with its place", () => {
  const source = "PARAM x 0\nPIX 1 1\n  RECT 1 {x} 3 2\nPIX 2 2";
  const values = fc.oneof(
    hostile,
    fc.integer().map(String),
    fc.constantFrom("4294967295", "4294967296", "-2147483648", "-2147483649"),
  );
  const expectedOf = (value: string): unknown => {
    if (holdsControlCharacter(value)) return REFUSED;
    const number = /^-?[0-9]+$/.test(value) ? Number(value) : Number.NaN;
    if (number >= -(2 ** 31) && number < 2 ** 32) {
      return outlineOf(lower(`PIX 1 1\nRECT 1 ${number} 3 2\nPIX 2 2`, {}));
    }
    return { code: "RASTER_BAD_VALUE", line: 3, column: 10 };
  };
  fc.assert(
    fc.property(values, (value) => {
      expect(outcomeOf(source, { x: value })).toEqual(expectedOf(value));
    }),
    { numRuns: 500 },
  );
});

test.each([
  "1 2",
  " 1",
  "1 ",
  "+1",
  "1.0",
  "1e3",
  "0x10",
  "",
  "{x}",
  "١",
  "−1",
  "1\t2",
  "1 1\u{2028}PIX 0 0",
])("%j is not an integer", (value) => {
  expect(() => lower("PARAM x 0\nPIX {x} 0", { x: value })).toThrow(
    expect.objectContaining({ code: "RASTER_BAD_VALUE", line: 2, column: 5 }),
  );
});

test("an integer may have any number of leading zeros", () => {
  expect(outlineOf(lower("PARAM x 0\nPIX {x} 0", { x: `${"0".repeat(60_000)}7` }))).toEqual(
    outlineOf(lower("PIX 7 0", {})),
  );
  expect(() => lower("PARAM x 0\nPIX {x} 0", { x: "9".repeat(60_000) })).toThrow(
    expect.objectContaining({ code: "RASTER_BAD_VALUE" }),
  );
});

test("braces in a value and undeclared names in braces are drawn as characters", () => {
  const { glyphs } = lower("PARAM t a\nTXT 0 0 {t}{u}{ t}", { t: "{t}" });
  const expected = Array.from("{t}{u}{ t}", (character) => glyphIndex(character.codePointAt(0) ?? 0));
  expect([...glyphs.subarray(0, expected.length)]).toEqual(expected);
});
