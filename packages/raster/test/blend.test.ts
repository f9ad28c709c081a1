import { blendPixel } from "@gvpie/raster";
import fc from "fast-check";
import { expect, test } from "vitest";

const packed = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test.each([
  { name: "opaque replaces", target: 0x80_11_22_33, source: 0xff_44_55_66, result: 0xff_44_55_66 },
  {
    name: "transparent changes nothing",
    target: 0x80_11_22_33,
    source: 0x00_44_55_66,
    result: 0x80_11_22_33,
  },
  { name: "half white on black", target: 0xff_00_00_00, source: 0x80_ff_ff_ff, result: 0xff_80_80_80 },
  { name: "half black on white", target: 0xff_ff_ff_ff, source: 0x80_00_00_00, result: 0xff_7f_7f_7f },
  {
    name: "anything on transparent is itself",
    target: 0x00_12_34_56,
    source: 0x01_44_55_66,
    result: 0x01_44_55_66,
  },
  { name: "half on half", target: 0x80_00_00_ff, source: 0x80_ff_00_00, result: 0xc0_aa_00_55 },
])("$name", ({ target, source, result }) => {
  expect(blendPixel(target, source).toString(16)).toBe(result.toString(16));
});

test("on an opaque target every channel is t = s·a + d·(255−a), u = t+128, (u + (u>>8)) >> 8", () => {
  const wrong: string[] = [];
  for (let alpha = 0; alpha < 256; alpha++) {
    for (let s = 0; s < 256; s++) {
      for (let d = 0; d < 256; d++) {
        const u = s * alpha + d * (255 - alpha) + 128;
        const expected = (0xff_00_00_00 | ((u + (u >> 8)) >> 8)) >>> 0;
        const found = blendPixel((0xff_00_00_00 | d) >>> 0, ((alpha << 24) | s) >>> 0);
        if (found !== expected) wrong.push(`${s} with alpha ${alpha} on ${d}: ${found}, not ${expected}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test("every channel equals source-over in exact fractions, rounded to nearest", () => {
  /** Nearest integer to a / b, both positive; a tie goes up. */
  const nearest = (a: bigint, b: bigint): bigint => (2n * a + b) / (2n * b);
  fc.assert(
    fc.property(packed, packed, (target, source) => {
      const [tr = 0n, tg = 0n, tb = 0n, ta = 0n] = channels(target);
      const [sr = 0n, sg = 0n, sb = 0n, sa = 0n] = channels(source);
      // Alphas as fractions of 255 · 255.
      const over = sa * 255n;
      const under = ta * (255n - sa);
      if (over + under === 0n) return;
      const mix = (s: bigint, t: bigint) => nearest(s * over + t * under, over + under);
      const expected = [mix(sr, tr), mix(sg, tg), mix(sb, tb), nearest(over + under, 255n)];
      expect(channels(blendPixel(target, source))).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});

test("the result is unsigned for signed arguments", () => {
  fc.assert(
    fc.property(packed, packed, (target, source) => {
      const result = blendPixel(target | 0, source | 0);
      expect(result).toBe(blendPixel(target, source));
      expect(result).toBeGreaterThanOrEqual(0);
    }),
  );
});

function channels(color: number): bigint[] {
  return [0, 8, 16, 24].map((shift) => BigInt((color >>> shift) & 255));
}
