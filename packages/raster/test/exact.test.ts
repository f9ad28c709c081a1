import fc from "fast-check";
import { expect, test } from "vitest";

import { divideExactly, floorRoot } from "../src/exact.ts";

const integer = fc.oneof(
  fc.integer({ min: -9, max: 9 }),
  fc.integer(),
  fc.integer({ min: -(2 ** 35), max: 2 ** 35 }),
);

test("the quotient is the floor and the remainder is 0 or more, also for large products", () => {
  fc.assert(
    fc.property(integer, integer, integer, fc.integer({ min: 1, max: 2 ** 35 }), (a, b, c, d) => {
      const { quotient, remainder } = divideExactly(a, b, c, d);
      fc.pre(Math.abs(quotient) <= 2 ** 35);
      expect(BigInt(quotient) * BigInt(d) + BigInt(remainder)).toBe(BigInt(a) * BigInt(b) + BigInt(c));
      expect(remainder).toBeGreaterThanOrEqual(0);
      expect(remainder).toBeLessThan(d);
    }),
    { numRuns: 2000 },
  );
});

test("the root is the greatest integer whose square is at most the radicand", () => {
  const size = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 2 ** 34 }));
  fc.assert(
    fc.property(size, size, fc.integer({ min: 0, max: 9 }), (a, b, c) => {
      const root = BigInt(floorRoot(a, b, c));
      const radicand = BigInt(a) * BigInt(b) + BigInt(c);
      expect(root * root <= radicand && radicand < (root + 1n) * (root + 1n)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test.each([2 ** 26, 2 ** 26 + 1, 94_906_265, 94_906_266, 94_906_267, 2 ** 32 - 1, 2 ** 34])(
  "the roots around the square of %i",
  (n) => {
    expect([floorRoot(n, n, -1), floorRoot(n, n, 0), floorRoot(n, n, 1)]).toEqual([n - 1, n, n]);
  },
);
