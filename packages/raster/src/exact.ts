/** Integers below this limit are exact as doubles, and so are the floors of their quotients and square roots. */
const EXACT_LIMIT = 2 ** 52;

/**
 * Returns `⌊(a·b + c) / d⌋` without rounding of the product, and the remainder from 0 to d − 1. The quotient is exact if
 * a double can hold it.
 *
 * @param d greater than 0; all four are integers that a double holds.
 */
export function divideExactly(
  a: number,
  b: number,
  c: number,
  d: number,
): { readonly quotient: number; readonly remainder: number } {
  const dividend = a * b + c;
  if (Math.abs(dividend) < EXACT_LIMIT) {
    const quotient = Math.floor(dividend / d);
    return { quotient, remainder: dividend - quotient * d };
  }
  const exact = BigInt(a) * BigInt(b) + BigInt(c);
  const divisor = BigInt(d);
  const remainder = ((exact % divisor) + divisor) % divisor;
  return { quotient: Number((exact - remainder) / divisor), remainder: Number(remainder) };
}

/** Returns `⌊√(a·b + c)⌋` without rounding, for a radicand from 0 to 2⁷⁰. */
export function floorRoot(a: number, b: number, c: number): number {
  const radicand = a * b + c;
  if (radicand < EXACT_LIMIT) return Math.floor(Math.sqrt(radicand));
  const exact = BigInt(a) * BigInt(b) + BigInt(c);
  // The root of the nearest double is at most one off.
  let root = BigInt(Math.floor(Math.sqrt(Number(exact))));
  while (root * root > exact) root--;
  while ((root + 1n) * (root + 1n) <= exact) root++;
  return Number(root);
}
