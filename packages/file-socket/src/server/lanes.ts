import type { ServerLimits } from "../types.ts";

/** The lane of the slot, and of all requests without a capability, where capabilities are accepted. */
export const SHARED_LANE = "shared";
/** Requests that wait in the shared lane; one more may run. */
const SHARED_WAITING = 8;

/** True if a lane with `running` renders may start one more. */
export function mayLaneRun(lane: string, running: number, { concurrency }: ServerLimits): boolean {
  return running < (lane === SHARED_LANE ? 1 : Math.ceil(concurrency / 2));
}

/** Returns the number of requests of a lane that may wait or run. */
export function laneOutstanding(lane: string, { outstandingPerClient }: ServerLimits): number {
  return lane === SHARED_LANE ? SHARED_WAITING + 1 : outstandingPerClient;
}

/** The items of one lane by name. */
interface Lane<T> {
  readonly names: Map<string, T[]>;
  size: number;
}

/**
 * Items by lane, the unit of fairness, and within a lane by name. Lanes take turns, and so do the names of one lane: a lane
 * or name that was served goes to the back. More names give a lane no more turns.
 */
export class LaneQueue<T> {
  readonly #lanes = new Map<string, Lane<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Returns the number of items in a lane. */
  sizeOf(lane: string): number {
    return this.#lanes.get(lane)?.size ?? 0;
  }

  /** True if a lane has an item of a name other than this one. */
  hasOther(lane: string, name: string): boolean {
    const names = this.#lanes.get(lane)?.names;
    return names !== undefined && names.size > (names.has(name) ? 1 : 0);
  }

  add(laneName: string, name: string, item: T): void {
    let lane = this.#lanes.get(laneName);
    if (lane === undefined) this.#lanes.set(laneName, (lane = { names: new Map<string, T[]>(), size: 0 }));
    const items = lane.names.get(name);
    if (items === undefined) {
      lane.names.set(name, [item]);
    } else {
      items.push(item);
    }
    lane.size++;
    this.#size++;
  }

  /** Removes the oldest item, or the newest, of the first name that `mayTake` accepts. */
  take(
    mayTake: (lane: string, name: string) => boolean,
    end: "oldest" | "newest" = "oldest",
  ): { readonly item: T } | undefined {
    for (const [laneName, lane] of this.#lanes) {
      for (const [name, items] of lane.names) {
        if (!mayTake(laneName, name)) continue;
        const item = (end === "oldest" ? items.shift() : items.pop()) as T;
        lane.names.delete(name);
        if (items.length > 0) lane.names.set(name, items);
        this.#lanes.delete(laneName);
        if (lane.names.size > 0) this.#lanes.set(laneName, lane);
        lane.size--;
        this.#size--;
        return { item };
      }
    }
    return undefined;
  }

  /** Removes and returns all items of a name, in every lane. */
  drop(name: string): readonly T[] {
    let dropped: readonly T[] = [];
    for (const [laneName, lane] of this.#lanes) {
      const items = lane.names.get(name);
      if (items === undefined) continue;
      dropped = dropped.length === 0 ? items : dropped.concat(items);
      lane.names.delete(name);
      lane.size -= items.length;
      if (lane.names.size === 0) this.#lanes.delete(laneName);
    }
    this.#size -= dropped.length;
    return dropped;
  }

  /** Removes and returns all items. */
  clear(): readonly T[] {
    const dropped = [...this.#lanes.values()].flatMap(({ names }) => [...names.values()].flat());
    this.#lanes.clear();
    this.#size = 0;
    return dropped;
  }
}
