const PER_SECOND = 5;

/** Limits the wrong tokens of all clients together: five a second are answered as wrong, more as too many. */
export class AttemptLimiter {
  readonly #now: () => number;
  #left = PER_SECOND;
  #at: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#at = now();
  }

  /** Counts a wrong token. Returns false if it is one too many. */
  count(): boolean {
    const now = this.#now();
    this.#left = Math.min(PER_SECOND, this.#left + ((now - this.#at) / 1_000) * PER_SECOND);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
