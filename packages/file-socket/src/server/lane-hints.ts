/** Client names that are remembered. */
const MAX_NAMES = 65_536;
/** The lane in which requests of unknown names are examined. */
export const UNKNOWN_LANE = "";

/**
 * The lanes in which the requests of each client name are probably admitted. They decide only in whose turn a request is
 * examined, before anything about it is verified.
 */
export class LaneHints {
  readonly #lanes = new Map<string, string>();

  laneOf(client: string): string {
    return this.#lanes.get(client) ?? UNKNOWN_LANE;
  }

  /** Remembers the lane of a verified request. A name that two lanes use is examined in the turn of the unknown names. */
  set(client: string, lane: string): void {
    const before = this.#lanes.get(client);
    if (before === lane) return;
    this.#lanes.set(client, before === undefined ? lane : UNKNOWN_LANE);
    if (this.#lanes.size <= MAX_NAMES) return;
    for (const oldest of this.#lanes.keys()) {
      this.#lanes.delete(oldest);
      return;
    }
  }

  /** Forgets a client whose lease has ended. */
  drop(client: string): void {
    this.#lanes.delete(client);
  }
}
