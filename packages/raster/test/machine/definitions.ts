/** A value, or the fault of an operator that has none. */
export type Defined = bigint | "RASTER_OVERFLOW" | "RASTER_DIVISION_BY_ZERO" | "RASTER_BAD_VALUE";

const MIN = -(2n ** 31n);
const MAX = 2n ** 31n - 1n;
const WORD = 2n ** 32n;

/** The vectors of 0° to 359°, which the specification states in units of 1/65536. */
const SINES = Array.from({ length: 360 }, (_, degrees) =>
  BigInt(Math.round(Math.sin((degrees * Math.PI) / 180) * 65_536)),
);

function sizeOf(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function multipleOfSine(degrees: bigint, factor: bigint): bigint {
  const sine = SINES[Number(((degrees % 360n) + 360n) % 360n)] ?? 0n;
  const size = (2n * sizeOf(sine * factor) + 65_536n) / 131_072n;
  return sine * factor < 0n ? -size : size;
}

function root(value: bigint): Defined {
  if (value < 0n) return "RASTER_BAD_VALUE";
  let found = 0n;
  for (let bit = 2n ** 16n; bit > 0n; bit /= 2n) if ((found + bit) ** 2n <= value) found += bit;
  return found;
}

/** The operators by their definitions, in integers of any size, before the check for overflow. */
const DEFINITIONS: Readonly<Record<string, (a: bigint, b: bigint) => Defined>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0n ? "RASTER_DIVISION_BY_ZERO" : a / b),
  "%": (a, b) => (b === 0n ? "RASTER_DIVISION_BY_ZERO" : a % b),
  negate: (a) => -a,
  min: (a, b) => (a <= b ? a : b),
  max: (a, b) => (a <= b ? b : a),
  abs: sizeOf,
  sqrt: root,
  sin: multipleOfSine,
  cos: (degrees, factor) => multipleOfSine(degrees + 90n, factor),
};

/** The names of the operators that have a definition. */
export const DEFINED: readonly string[] = Object.keys(DEFINITIONS);

/** Returns the result of an operator by its definition. */
export function define(operator: string, a: number, b: number): number | Exclude<Defined, bigint> {
  const found = DEFINITIONS[operator]?.(BigInt(a), BigInt(b));
  if (found === undefined) throw new TypeError(`expected an operator with a definition, got ${operator}`);
  if (typeof found !== "bigint") return found;
  return found < MIN || found > MAX ? "RASTER_OVERFLOW" : Number(found);
}

/** Returns the state of the random numbers after a number, as a signed integer of 32 bits, and the number below n. */
export function defineRandom(seed: number, n: number): { readonly seed: number; readonly value: number } {
  const state = (((BigInt(seed) + 0x9e37_79b9n) % WORD) + WORD) % WORD;
  let z = ((state ^ (state >> 16n)) * 0x85eb_ca6bn) % WORD;
  z = ((z ^ (z >> 13n)) * 0xc2b2_ae35n) % WORD;
  z ^= z >> 16n;
  return { seed: Number(BigInt.asIntN(32, state)), value: n < 1 ? 0 : Number(z % BigInt(n)) };
}
