import { checkDrawing, lowerProgram } from "@gvpie/raster";
import { describe, expect, test } from "vitest";

/** Returns the columns and messages of the warnings. */
function warningsOf(source: string, params?: Readonly<Record<string, string>>): string[] {
  const warnings: string[] = [];
  lowerProgram(source, {
    params,
    onWarning: ({ column, message }) => warnings.push(`${column}: ${message}`),
  });
  // A long text is also cut.
  const checked = checkDrawing(source, { params }).filter(({ code }) => code === "RASTER_NO_GLYPH");
  expect(checked.map(({ column, message }) => `${column}: ${message}`)).toEqual(warnings);
  return warnings;
}

const NONE = (code: string) => `the font has no glyph for U+${code}`;
const COMPOSED = "; it has a glyph for the composed form (NFC), ";
const COMPATIBLE = "; it has glyphs for the compatible form (NFKC), ";

describe("a text in another Unicode form: the warning says which form has glyphs", () => {
  test.each<[name: string, text: string, warnings: string[]]>([
    [
      "NFD: e and an acute accent",
      "caf\u0065\u0301",
      [`13: ${NONE("0301")}${COMPOSED}é (U+00E9): write that`],
    ],
    ["NFD: A and a ring", "A\u030angstrom", [`10: ${NONE("030A")}${COMPOSED}Å (U+00C5): write that`]],
    [
      "a singleton of NFC: the Angstrom sign",
      "\u212b",
      [`9: ${NONE("212B")}${COMPOSED}Å (U+00C5): write that`],
    ],
    ["NFC without a glyph: o and a double acute accent", "o\u030b", [`10: ${NONE("030B")}`]],
    ["two marks, whose NFC has no glyph", "e\u0323\u0301", [`10: ${NONE("0323")}`, `11: ${NONE("0301")}`]],
    ["a mark after a blank", "a \u0301", [`11: ${NONE("0301")}`]],
    ["a mark alone", "\u0301", [`9: ${NONE("0301")}`]],
    ["a ligature", "\ufb01n", [`9: ${NONE("FB01")}${COMPATIBLE}fi (U+0066 U+0069): write that`]],
    ["fullwidth", "\uff21", [`9: ${NONE("FF21")}${COMPATIBLE}A (U+0041): write that`]],
    ["mathematical bold", "\u{1d400}", [`9: ${NONE("1D400")}${COMPATIBLE}A (U+0041): write that`]],
    ["a CJK ideograph, which has no other form", "\u8a9e", [`9: ${NONE("8A9E")}`]],
    [
      "a compatible form without glyphs",
      "\u2460\u3392",
      [
        `9: ${NONE("2460")}${COMPATIBLE}1 (U+0031): write that`,
        `10: ${NONE("3392")}${COMPATIBLE}MHz (U+004D U+0048 U+007A): write that`,
      ],
    ],
    [
      "composed Hangul",
      "\u1112\u1161\u11ab",
      [`9: ${NONE("1112")}`, `10: ${NONE("1161")}`, `11: ${NONE("11AB")}`],
    ],
    ["NFC, which is right", "é", []],
  ])("%s", (_, text, warnings) => {
    expect(warningsOf(`TXT 0 0 ${text}`)).toEqual(warnings);
  });

  test("in a parameter's value, at the reference", () => {
    expect(warningsOf("PARAM t x\nTXT 0 0 {t}", { t: "e\u0301" })).toEqual([
      `9: ${NONE("0301")}${COMPOSED}é (U+00E9): write that`,
    ]);
  });

  test("of thousands of marks, a hundred warnings and no long message", () => {
    const warnings = warningsOf(`TXT 0 0 e${"\u0301".repeat(60_000)}`);
    expect(warnings.length).toBe(100);
    expect(Math.max(...warnings.map(({ length }) => length))).toBeLessThan(200);
  });
});

test.each([
  ["FONT 3x5\nPRINT 0 0 é", ["1: the font 3x5 has no glyph for U+00E9"]],
  ["FONT 3x5\nTXT 0 0 é", ["1: the font 3x5 has no glyph for U+00E9"]],
  ["FONT 8x13\nTXT 0 0 é\nPRINT 0 0 Ж", ["1: the font 8x13 has no glyph for U+0416"]],
  ["FONT 8x13-intl\nTXT 0 0 é\nPRINT 0 0 Ж", []],
  ["PRINT 0 0 日{1}", ["1: the font 5x7 has no glyph for U+65E5"]],
  [
    "FOR i 0 9\n  WRAP 0 0 99 99 日本 日\nNEXT",
    ["3: the font 5x7 has no glyph for U+65E5", "3: the font 5x7 has no glyph for U+672C"],
  ],
  ["HALT\nPRINT 0 0 日", []],
])("with the font of the pen: %j", (source, expected) => {
  expect(warningsOf(source)).toEqual(expected);
});
