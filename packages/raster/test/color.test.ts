import { formatColor, parseColor, RasterError } from "@gvpie/raster";
import fc from "fast-check";
import { expect, test } from "vitest";

test.each([
  { text: "#000", packed: 0xff_00_00_00, formatted: "#000000ff" },
  { text: "#fff", packed: 0xff_ff_ff_ff, formatted: "#ffffffff" },
  { text: "#19f", packed: 0xff_ff_99_11, formatted: "#1199ffff" },
  { text: "#123456", packed: 0xff_56_34_12, formatted: "#123456ff" },
  { text: "#ABCDEF80", packed: 0x80_ef_cd_ab, formatted: "#abcdef80" },
  { text: "#00000000", packed: 0, formatted: "#00000000" },
  { text: "#01020304", packed: 0x04_03_02_01, formatted: "#01020304" },
])("$text is $formatted", ({ text, packed, formatted }) => {
  expect(parseColor(text)).toBe(packed);
  expect(formatColor(packed)).toBe(formatted);
});

test.each([
  "",
  "#",
  "#1",
  "#12",
  "#1234",
  "#12345",
  "#1234567",
  "#123456789",
  "123456",
  "#12345g",
  " #fff",
  "#fff\n",
  "white",
  "#−12",
  "#0x1",
])("%j is refused", (text) => {
  expect(() => parseColor(text)).toThrow(expect.objectContaining({ code: "RASTER_BAD_COLOR" }));
});

test("the message stays short whatever was given", () => {
  const failure = (() => {
    try {
      return parseColor(`#${"f".repeat(1_000_000)}`);
    } catch (error) {
      return error;
    }
  })();
  expect(failure).toBeInstanceOf(RasterError);
  expect((failure as RasterError).message).toBe(
    'expected a colour as #rgb, #rrggbb or #rrggbbaa, got "#fffffffffffffffffff"',
  );
  expect(() => parseColor(7 as unknown as string)).toThrow("got number");
});

test("parsing what was formatted gives the colour back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (packed) => {
      expect(parseColor(formatColor(packed))).toBe(packed);
    }),
  );
});
