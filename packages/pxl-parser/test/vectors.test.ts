import { isName, readColor, readHexColor } from "@gvpie/pxl-parser";
import { HEX_COLORS, INVALID_HEX_COLORS, INVALID_NAMES, NAMES } from "@gvpie/testing/vectors";
import { expect, test } from "vitest";

test.each(HEX_COLORS)("reads the colour $text", ({ text, rgba }) => {
  expect(readHexColor(text)).toBe(rgba);
  expect(readColor(text)).toBe(rgba);
});

test.each(INVALID_HEX_COLORS.map((text) => [text.slice(0, 20), text]))("rejects the colour %j", (_, text) => {
  expect(readHexColor(text)).toBeUndefined();
  expect(readColor(text)).toBe(text === "white" ? 0xff_ff_ff_ff : undefined);
});

test("accepts the names of parameters, and rejects other words", () => {
  expect(NAMES.filter((name) => !isName(name))).toEqual([]);
  expect(INVALID_NAMES.filter(isName)).toEqual([]);
});
