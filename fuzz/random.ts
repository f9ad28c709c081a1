/** Numbers that look random and follow from a seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 … 2³²−1 (splitmix32). */
  next(): number {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a_2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }

  /** 0 … `count` − 1. */
  below(count: number): number {
    return this.next() % count;
  }

  /** True once in so many times. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  /** From `least` to `most`, each order of magnitude as often as any other. */
  logUniform(least: number, most: number): number {
    return least * (most / least) ** (this.next() / 2 ** 32);
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError("nothing to pick from");
    return value;
  }
}

/** A seed to begin with, where none is given. */
export function newSeed(): number {
  return Date.now() % 0x7fff_ffff;
}
