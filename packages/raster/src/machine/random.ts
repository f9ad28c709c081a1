/** The state of the generator at the start of a run. */
export const INITIAL_SEED = 0;

/** Returns the state of the generator after `SEED`: the value modulo 2³², as a signed number of 32 bits. */
export function seedOf(value: number): number {
  return value | 0;
}

/** Returns the state of the generator after one more number. */
export function nextSeed(seed: number): number {
  return (seed + 0x9e_37_79_b9) | 0;
}

/** Returns the number of a state, from 0 to n − 1. */
export function randomOf(seed: number, n: number): number {
  let z = Math.imul(seed ^ (seed >>> 16), 0x85_eb_ca_6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2_b2_ae_35);
  z ^= z >>> 16;
  return (z >>> 0) % n;
}
