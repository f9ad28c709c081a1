import fc from "fast-check";
import { expect, test } from "vitest";
import { measureText } from "../src/index.ts";

test.each([
  { text: "", width: 0, glyphs: 0 },
  { text: " ", width: 5, glyphs: 1 },
  { text: "Hello GPU", width: 53, glyphs: 9 },
  { text: "😀", width: 5, glyphs: 1 },
  { text: "a😀b", width: 17, glyphs: 3 },
  { text: "e\u0301", width: 11, glyphs: 2 }, // combining marks are glyphs
  { text: "\uD83D", width: 5, glyphs: 1 },
  { text: "\uDE00\uD83D", width: 11, glyphs: 2 },
  { text: "a\nb", width: 17, glyphs: 3 }, // lines do not wrap
])("$text takes $width pixels", ({ text, width, glyphs }) => {
  expect(measureText(text)).toEqual({ width, height: 7, glyphs });
});

test("counts code points as string iteration does", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({ unit: fc.constantFrom("\uD83D", "\uDE00", "x") }),
      (a, b) => {
        for (const text of [a, b, a + b]) expect(measureText(text).glyphs).toBe(Array.from(text).length);
      },
    ),
  );
});

test("the width of two texts together is the sum of their widths and one empty column", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (a, b) => {
      expect(measureText(a + b).width).toBe(measureText(a).width + 1 + measureText(b).width);
    }),
  );
});
