/** Integers below this limit are exact as doubles, and so are the floors of their quotients and square roots. */
const EXACT_LIMIT = 2 ** 52;
/** Factors below the square of this number are multiplied in two halves. */
const HALF = 2 ** 18;

/**
 * Returns `⌊(a·b + c) / d⌋` without rounding of the product, and the remainder from 0 to d − 1.
 *
 * @param d greater than 0; all four, and the quotient, are integers of at most 2³⁵ in magnitude. A quotient beyond is exact
 * if the dividend is below 2⁵² in magnitude.
 */
export function divideExactly(
  a: number,
  b: number,
  c: number,
  d: number,
): { readonly quotient: number; readonly remainder: number } {
  const dividend = a * b + c;
  let quotient = Math.floor(dividend / d);
  if (Math.abs(dividend) < EXACT_LIMIT) return { quotient, remainder: dividend - quotient * d };
  // The quotient of the nearest doubles is at most one off.
  let remainder = difference(a, b, c, quotient, d);
  for (; remainder < 0; remainder += d) quotient--;
  for (; remainder >= d; remainder -= d) quotient++;
  return { quotient, remainder };
}

/** Returns `⌊√(a·b + c)⌋` without rounding, for factors of at most 2³⁵ and a radicand of at least 0. */
export function floorRoot(a: number, b: number, c: number): number {
  const radicand = a * b + c;
  let root = Math.floor(Math.sqrt(radicand));
  if (radicand < EXACT_LIMIT) return root;
  // The root of the nearest double is at most one off.
  let rest = difference(a, b, c, root, root);
  for (; rest < 0; rest += 2 * root + 1) root--;
  for (; rest > 2 * root; root++) rest -= 2 * root + 1;
  return root;
}

/**
 * Returns `a·b + c − n·m`, exact if it is below 2⁵⁰ in magnitude. The products may be much greater: their halves are
 * subtracted first. BigInt takes fifty times as long, and a program may draw a hundred thousand shapes outside the canvas.
 */
function difference(a: number, b: number, c: number, n: number, m: number): number {
  const a1 = Math.floor(a / HALF);
  const b1 = Math.floor(b / HALF);
  const n1 = Math.floor(n / HALF);
  const m1 = Math.floor(m / HALF);
  const a0 = a - a1 * HALF;
  const b0 = b - b1 * HALF;
  const n0 = n - n1 * HALF;
  const m0 = m - m1 * HALF;
  const high = a1 * b1 - n1 * m1;
  const middle = a1 * b0 + a0 * b1 - (n1 * m0 + n0 * m1);
  const low = a0 * b0 - n0 * m0 + c;
  return (high * HALF + middle) * HALF + low;
}
