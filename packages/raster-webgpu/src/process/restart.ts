/** Milliseconds in which deaths are counted together. */
const MEMORY_MS = 60_000;
const PAUSE_MS = 600_000;

/** The default of {@link ProcessRasterizerOptions.restartDelayMs}. */
export function restartDelayMs(deaths: number): number {
  return deaths < 3 ? 100 * deaths : PAUSE_MS;
}

/** Remembers when processes died. */
export class DeathCount {
  #times: number[] = [];

  /**
   * Counts a death.
   *
   * @param now milliseconds of a clock that never jumps.
   * @returns how many there were within the last minute, this one included.
   */
  add(now: number): number {
    this.#times = [...this.#times.filter((time) => time > now - MEMORY_MS), now];
    return this.#times.length;
  }
}
