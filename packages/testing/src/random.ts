/** A seeded pseudo-random generator (splitmix32): the same seed gives the same numbers on every machine. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns an integer from 0 to 2³² − 1. */
  next(): number {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a_2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }

  /** Returns a number from 0 (included) to 1 (excluded). */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** Returns an integer from 0 to `limit` − 1. */
  below(limit: number): number {
    return this.next() % limit;
  }

  /** Returns true with a probability of 1 in `count`. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  /** Returns a number from `low` to `high`, each order of magnitude with the same probability. */
  logUniform(low: number, high: number): number {
    return low * (high / low) ** this.fraction();
  }

  /** Returns one of the values. Throws a `RangeError` if there are none. */
  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError("expected at least one value to pick from, got none");
    return value;
  }
}

/** Returns a seed for a run that names none, from the time. */
export function newSeed(): number {
  return Date.now() % 0x7fff_ffff;
}
