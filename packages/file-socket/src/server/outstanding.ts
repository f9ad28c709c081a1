import type { ServerLimits } from "../types.ts";
import { ClientCounts } from "./client-counts.ts";
import { laneOutstanding } from "./lanes.ts";
import type { SpoolJob } from "./spool-job.ts";

/** Counts the requests that wait or run, and their bytes, in total and by lane. */
export class Outstanding {
  readonly #limits: ServerLimits;
  readonly #lanes = new ClientCounts();
  readonly #laneBytes = new Map<string, number>();
  #total = 0;
  #bytes = 0;

  constructor(limits: ServerLimits) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  /** True if the lane may have one more request. */
  hasRoom(lane: string): boolean {
    return (
      this.#lanes.get(lane) < laneOutstanding(lane, this.#limits) && this.#total < this.#limits.outstanding
    );
  }

  /** True if one more request of `bytes` may wait. */
  hasRoomForBytes(bytes: number): boolean {
    return this.#bytes + bytes <= this.#limits.queuedBytes || this.#total === 0;
  }

  /** True if a lane stays within half of the bytes that may wait. It may always have one request. */
  isShareOf(lane: string, bytes: number): boolean {
    const before = this.#laneBytes.get(lane) ?? 0;
    return before === 0 || before + bytes <= this.#limits.queuedBytes / 2;
  }

  /**
   * True if a lane may have one more request of `bytes`. A lane without any always may: so no number of requests of other
   * lanes, and no size of them, keeps it out.
   */
  hasRoomInLane(lane: string, bytes: number): boolean {
    if (this.#lanes.get(lane) === 0) return true;
    return this.hasRoom(lane) && this.hasRoomForBytes(bytes) && this.isShareOf(lane, bytes);
  }

  /**
   * True if a lane may have one more request that a previous server had claimed: as many as it may have, and as many as may
   * run. Other processes can write files that look like such requests.
   */
  mayTakeOver(lane: string): boolean {
    return this.#lanes.get(lane) < laneOutstanding(lane, this.#limits) + this.#limits.concurrency;
  }

  add({ lane, bytes }: SpoolJob): void {
    this.#lanes.increment(lane);
    this.#total++;
    this.#bytes += bytes;
    this.#laneBytes.set(lane, (this.#laneBytes.get(lane) ?? 0) + bytes);
  }

  remove({ lane, bytes }: SpoolJob): void {
    this.#lanes.decrement(lane);
    this.#total--;
    this.#bytes -= bytes;
    const left = (this.#laneBytes.get(lane) ?? 0) - bytes;
    if (left > 0) {
      this.#laneBytes.set(lane, left);
    } else {
      this.#laneBytes.delete(lane);
    }
  }
}
