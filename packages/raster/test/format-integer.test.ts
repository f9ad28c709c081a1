import type { InsertionFormat } from "@gvpie/pxl-parser";
import fc from "fast-check";
import { expect, test } from "vitest";

import { formatInteger } from "../src/shapes/format-integer.ts";

test.each<[value: number, format: InsertionFormat, text: string]>([
  [7, {}, "7"],
  [-7, {}, "-7"],
  [7, { pad: 2, zero: true }, "07"],
  [123, { pad: 2, zero: true }, "123"],
  [-7, { pad: 4, zero: true }, "-007"],
  [-7, { pad: 1, zero: true }, "-7"],
  [7, { pad: 4 }, "   7"],
  [-7, { pad: 4 }, "  -7"],
  [-5, { decimals: 2 }, "-0.05"],
  [0, { decimals: 1 }, "0.0"],
  [215, { decimals: 1 }, "21.5"],
  [5, { decimals: 9 }, "0.000000005"],
  [-2_147_483_648, { decimals: 9 }, "-2.147483648"],
  [999, { group: true }, "999"],
  [1000, { group: true }, "1,000"],
  [-100_000, { group: true }, "-100,000"],
  [-2_147_483_648, { group: true }, "-2,147,483,648"],
  [2_147_483_647, { group: true }, "2,147,483,647"],
  [123_456, { group: true, decimals: 2 }, "1,234.56"],
  [99_999, { group: true, decimals: 2 }, "999.99"],
  [1234, { group: true, pad: 8 }, "   1,234"],
  [-1234, { group: true, pad: 8, zero: true }, "-001,234"],
  [-5, { decimals: 1, pad: 6, zero: true }, "-000.5"],
  [-2_147_483_648, { pad: 32 }, `${" ".repeat(21)}-2147483648`],
])("%d as %o is %j", (value, format, text) => {
  expect(formatInteger(value, format)).toBe(text);
});

const int32 = fc.oneof(
  fc.integer(),
  fc.integer({ min: -1500, max: 1500 }),
  fc.constantFrom(-(2 ** 31), 2 ** 31 - 1),
);

test("reads as the same number, digit by digit, and is at least as long as its padding", () => {
  fc.assert(
    fc.property(
      int32,
      fc.record({ pad: fc.nat(32), zero: fc.boolean(), decimals: fc.nat(9), group: fc.boolean() }),
      (value, format) => {
        const text = formatInteger(value, format);
        expect(text.length).toBeGreaterThanOrEqual(format.pad);
        expect(text.trimStart()).toMatch(/^-?[\d,]+(\.\d+)?$/);
        const [whole = "", fraction = ""] = text.replaceAll(",", "").split(".");
        expect(fraction).toHaveLength(format.decimals);
        expect(BigInt(whole.trim() + fraction)).toBe(BigInt(value));
        const least = formatInteger(value, { ...format, pad: 0 });
        expect(format.zero ? text.replace(/^(-?)0*/, "$1") : text.trimStart()).toBe(
          format.zero ? least.replace(/^(-?)0*/, "$1") : least,
        );
      },
    ),
  );
});
