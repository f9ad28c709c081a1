/** Milliseconds after which a death is no longer counted. */
const WINDOW_MS = 60_000;
/** Milliseconds before a restart after the third death. */
const PAUSE_MS = 600_000;

/** The default of {@link ProcessRasterizerOptions.restartDelayMs}. */
export function restartDelayMs(deaths: number): number {
  return deaths < 3 ? 100 * deaths : PAUSE_MS;
}

/** Counts the deaths of processes within the last minute. */
export class RecentDeaths {
  #times: number[] = [];

  /**
   * Adds a death.
   *
   * @param now milliseconds of a monotonic clock.
   * @returns the number of deaths within the last minute, this one included.
   */
  add(now: number): number {
    this.#times = [...this.#times.filter((time) => time > now - WINDOW_MS), now];
    return this.#times.length;
  }
}
