/** A seeded pseudo-random generator: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Returns an integer from 0 to `limit` − 1. */
  below(limit: number): number;
  /** Returns an integer from `low` to `high`, both included. */
  between(low: number, high: number): number;
  pick<T>(values: readonly T[]): T;
}

/** Creates a generator: xorshift32 (Marsaglia 2003, shifts 13, 17, 5), with a state multiplied from the seed. */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed, 0x9e_37_79_b1) ^ 0x5b_d1_e9_95 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  // Neighbouring seeds give similar numbers at first.
  for (let i = 0; i < 8; i++) next();
  const below = (limit: number): number => next() % limit;
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    pick: <T>(values: readonly T[]): T => values[below(values.length)] as T,
  };
}
