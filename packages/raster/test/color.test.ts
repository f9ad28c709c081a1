import { formatColor, parseColor, RasterError } from "@gvpie/raster";
import { HEX_COLORS, INVALID_HEX_COLORS } from "@gvpie/testing/vectors";
import fc from "fast-check";
import { expect, test } from "vitest";

test.each(HEX_COLORS)("$text has the bytes of $rgba", ({ text, rgba }) => {
  const packed = parseColor(text);
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, packed, true);
  expect(bytes.getUint32(0)).toBe(rgba);
  expect(formatColor(packed)).toBe(`#${rgba.toString(16).padStart(8, "0")}`);
});

test.each(INVALID_HEX_COLORS.map((text) => [text.slice(0, 20), text]))("rejects %j", (_, text) => {
  expect(() => parseColor(text)).toThrow(expect.objectContaining({ code: "RASTER_BAD_COLOR" }));
});

test("the message stays short for a long text", () => {
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
  expect(() => parseColor(7 as unknown as string)).toThrow("got 7");
});

test("parseColor reverses formatColor", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (packed) => {
      expect(parseColor(formatColor(packed))).toBe(packed);
    }),
  );
});
