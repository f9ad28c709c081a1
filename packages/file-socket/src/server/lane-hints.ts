/** Names of one lane that are remembered, so that no lane makes the names of another forgotten. */
const MAX_NAMES = 1_024;
/** Lanes whose names are remembered. */
const MAX_LANES = 4_096;
/** The lane in which requests of unknown names are examined. */
export const UNKNOWN_LANE = "";

/**
 * The lanes in which the requests of each client name are probably admitted. They decide only in whose turn a request is
 * examined, before anything about it is verified.
 */
export class LaneHints {
  /** Names by lane. Maps and sets are in the order of use. */
  readonly #names = new Map<string, Set<string>>();
  readonly #lanes = new Map<string, Set<string>>();

  /**
   * Returns the lane in whose turn a request of the client is examined. A holder of another capability can use the name of
   * a client, too; so of several lanes it is the one with the fewest requests waiting, which that holder cannot make more.
   */
  laneOf(client: string, queue: { sizeOf(lane: string): number }): string {
    let best = UNKNOWN_LANE;
    let least = Infinity;
    for (const lane of this.#lanes.get(client) ?? []) {
      const waiting = queue.sizeOf(lane);
      if (waiting < least) [best, least] = [lane, waiting];
    }
    return best;
  }

  /** Remembers the lane of a verified request. */
  set(client: string, lane: string): void {
    const names = this.#names.get(lane) ?? new Set();
    const lanes = this.#lanes.get(client) ?? new Set();
    names.delete(client);
    this.#names.delete(lane);
    this.#names.set(lane, names.add(client));
    this.#lanes.set(client, lanes.add(lane));
    if (names.size > MAX_NAMES) this.#forget(firstOf(names), lane);
    if (this.#names.size > MAX_LANES) this.#forgetLane(firstOf(this.#names.keys()));
  }

  /** Forgets a client whose lease has ended. */
  drop(client: string): void {
    for (const lane of this.#lanes.get(client) ?? []) this.#forget(client, lane);
  }

  #forgetLane(lane: string): void {
    for (const client of this.#names.get(lane) ?? []) this.#forget(client, lane);
  }

  #forget(client: string, lane: string): void {
    const names = this.#names.get(lane);
    const lanes = this.#lanes.get(client);
    names?.delete(client);
    lanes?.delete(lane);
    if (names?.size === 0) this.#names.delete(lane);
    if (lanes?.size === 0) this.#lanes.delete(client);
  }
}

function firstOf(values: Iterable<string>): string {
  for (const value of values) return value;
  throw new Error("expected at least one value, got none");
}
