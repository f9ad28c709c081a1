import fc from "fast-check";
import { expect, test } from "vitest";
import { JsonError, parseJson } from "../src/protocol/json.ts";

const parse = (text: string): unknown => parseJson(Buffer.from(text, "utf8"));

test.each([
  ["{}", {}],
  [' \t\r\n{ "a" : [ 1 , -2.5e1 , true , false , null , "x" ] } \n', { a: [1, -25, true, false, null, "x"] }],
  [String.raw`"\"\\\/\b\f\n\r\té\ud83d\ude00"`, '"\\/\b\f\n\r\té😀'],
  ['"\\\\"', "\\"],
  ['"😀"', "😀"],
  ["0", 0],
  ["-0", -0],
])("%s", (text, expected) => {
  expect(JSON.parse(JSON.stringify(parse(text)))).toEqual(JSON.parse(JSON.stringify(expected)));
});

test.each([
  ["", "expected a value, got the end of the text at offset 0"],
  ["{", "expected a key, got the end of the text at offset 1"],
  ['{"a":1,}', 'expected a key, got "}" at offset 7'],
  ['{"a":1 "b":2}', "expected ',' or '}', got \"\\\"\" at offset 7"],
  ['{"a" 1}', "expected ':', got \"1\" at offset 5"],
  ["[1 2]", "expected ',' or ']', got \"2\" at offset 3"],
  ["{} x", 'expected the end of the text, got "x" at offset 3'],
  ['{"a":1,"a":2}', 'expected distinct keys, got "a" twice at offset 7'],
  ['{"a":1,"\\u0061":2}', 'expected distinct keys, got "a" twice at offset 7'],
  ['{"__proto__":1,"__proto__":2}', 'expected distinct keys, got "__proto__" twice at offset 15'],
  ['"abc', "expected the end of a string, got the end of the text at offset 4"],
  ['"a\\"', "expected the end of a string, got the end of the text at offset 4"],
  ['"\u0001"', "expected valid escapes and no control characters in the string at offset 0"],
  ['"\\x41"', "expected valid escapes and no control characters in the string at offset 0"],
  ['"\\ud800"', "expected no lone surrogate in the string at offset 0"],
  ['"\\udc00\\ud800"', "expected no lone surrogate in the string at offset 0"],
  ["01", 'expected the end of the text, got "1" at offset 1'],
  ["+1", 'expected a value, got "+" at offset 0'],
  [".5", 'expected a value, got "." at offset 0'],
  ["1e999", "expected a number in the range of a double at offset 0"],
  ["NaN", 'expected a value, got "N" at offset 0'],
  ["tru", 'expected a value, got "t" at offset 0'],
  ["\ufeff{}", 'expected a value, got "\ufeff" at offset 0'],
  ["\u00a0{}", 'expected a value, got "\u00a0" at offset 0'],
  ["[".repeat(10), "expected at most 8 levels, got more at offset 9"],
  [`[${"1,".repeat(10_000)}1]`, "expected at most 10000 values, got more at offset 19999"],
])("refuses %j", (text, message) => {
  expect(() => parse(text)).toThrow(new JsonError(message.replace(/ at offset \d+$/, ""), offsetOf(message)));
});

function offsetOf(message: string): number {
  return Number(/\d+$/.exec(message)?.[0]);
}

test("refuses bytes that are not UTF-8", () => {
  for (const bytes of [
    [0x22, 0xff, 0x22],
    [0x22, 0xc0, 0xaf, 0x22],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
  ]) {
    expect(() => parseJson(Uint8Array.from(bytes))).toThrow(/well-formed UTF-8/);
  }
});

test("treats the names of prototype properties as ordinary keys", () => {
  const value = parse('{"__proto__":{"x":1},"constructor":2}') as Record<string, unknown>;
  expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
  expect(Object.getPrototypeOf(value)).toBeNull();
});

test("reads what JSON.stringify writes", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6, noUnicodeString: false }), (value) => {
      fc.pre(JSON.stringify(value).isWellFormed() && !/\\ud[89a-f]/.test(JSON.stringify(value)));
      const text = JSON.stringify(value);
      expect(JSON.stringify(parse(text))).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test("any text throws JsonError or parses to the same value as JSON.parse", () => {
  const nearly = fc
    .array(
      fc.constantFrom("{", "}", "[", "]", '"', ":", ",", "\\", "\\u", "d800", "a", "1", "-", "e", ".", " "),
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string({ unit: "binary" })), (text) => {
      let value: unknown;
      try {
        value = parse(text);
      } catch (error) {
        if (!(error instanceof JsonError)) throw error;
        return;
      }
      expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)));
    }),
    { numRuns: 5_000 },
  );
});

test("parses a string of two million escaped quotes in linear time", () => {
  expect((parse(`"${'\\"'.repeat(2_000_000)}"`) as string).length).toBe(2_000_000);
  expect((parse(`"${"\\\\".repeat(2_000_000)}"`) as string).length).toBe(2_000_000);
});
