import { lstatSync, type Stats } from "node:fs";
import { isObstacle } from "../fs/errno.ts";
import { entryPath, Listing } from "../fs/listing.ts";
import { parseRequestName, type RequestName, requestName } from "../protocol/names.ts";
import { errorHead } from "../protocol/reply.ts";
import type { SessionContext } from "./context.ts";
import { fileAge } from "./file-age.ts";
import { Outstanding } from "./outstanding.ts";
import { overloadRefusal } from "./refusals.ts";
import { RoundRobinQueue } from "./round-robin-queue.ts";
import type { SpoolFiles } from "./spool-files.ts";
import type { Arrival, Entrance, SpoolJob } from "./spool-job.ts";

/** Names examined in one turn of the event loop; with capabilities, so many again for 2 ms. */
const SCAN_NAMES = 128;
const SCAN_MS = 2;
/** Requests queued for refusal or examination; the next scan finds the rest. */
const MAX_OVERFLOW = 262_144;

/** Finds the requests in `v1/new`, admits them within the limits, and counts the ones that wait or run. */
export class Spool {
  readonly #context: SessionContext;
  readonly #files: SpoolFiles;
  /** Names of the requests that wait or run, and of those to be refused or examined. */
  readonly #known = new Set<string>();
  readonly #outstanding: Outstanding;
  /** Requests beyond the limits, to be refused as busy. Empty if capabilities are on: then the intake refuses. */
  readonly #overflow = new RoundRobinQueue<SpoolJob>();
  /** The scan in progress. */
  #scanning: { readonly listing: Listing; readonly startedAt: number } | undefined;
  /** The start of the last scan that listed all names. */
  #lastScan: number | undefined;

  constructor(context: SessionContext, files: SpoolFiles) {
    this.#context = context;
    this.#files = files;
    this.#outstanding = new Outstanding(context.limits);
  }

  /** Number of requests that wait or run. */
  get outstanding(): number {
    return this.#outstanding.total;
  }

  /** True if requests wait to be refused as busy. */
  get hasOverflow(): boolean {
    return this.#overflow.size > 0;
  }

  /**
   * Lists `new` and takes each new request. Examines a bounded number of names and returns false if there are more: the
   * next call goes on.
   */
  scan(entrance: Entrance): boolean {
    const { tree, clock } = this.#context;
    if (this.#scanning === undefined) {
      this.#files.forgetMoves();
      this.#scanning = { startedAt: clock.monotonic(), listing: new Listing(tree.new) };
    }
    const { listing, startedAt } = this.#scanning;
    const until = clock.monotonic() + SCAN_MS;
    let isComplete = true;
    try {
      do {
        const names = listing.read(SCAN_NAMES);
        for (const name of names) this.#consider(name, entrance);
        isComplete = names.length < SCAN_NAMES;
        // A name that is to be examined costs little here.
      } while (!isComplete && entrance.examine !== undefined && clock.monotonic() < until);
      if (isComplete) this.#lastScan = startedAt;
      return isComplete;
    } finally {
      if (isComplete) this.#endScan();
    }
  }

  #endScan(): void {
    this.#scanning?.listing.close();
    this.#scanning = undefined;
  }

  close(): void {
    this.#endScan();
  }

  /** Handles a watch event for a name in `new`. */
  offer(name: string, entrance: Entrance): void {
    if (!this.#files.isOwnMove(name)) this.#consider(name, entrance);
  }

  #consider(name: string, entrance: Entrance): void {
    if (this.#known.has(name)) return;
    const { tree, clock, limits, quarantine } = this.#context;
    const parsed = parseRequestName(name);
    if (parsed === undefined) {
      quarantine.take(entryPath(tree.new, name));
      return;
    }
    const path = `${tree.new}/${name}`;
    if (quarantine.isStuck(path)) return;
    const { id, client } = parsed;
    if (entrance.examine !== undefined) {
      // Half of the room is left to clients that were served before, however many files others place.
      const most = entrance.isKnown(client) ? MAX_OVERFLOW : MAX_OVERFLOW / 2;
      if (this.#known.size >= most) return;
      this.#known.add(name);
      entrance.examine({ id, client, path, attempts: 0, lastAbsent: this.#lastScan });
      return;
    }
    if (!this.#outstanding.hasRoom(client)) {
      if (this.#overflow.size >= MAX_OVERFLOW) return;
      this.#known.add(name);
      this.#overflow.add(client, { id, client, lane: client, path, attempts: 0, bytes: 0, writtenAt: 0 });
      return;
    }
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return;
    const bytes = Math.min(stats.size, limits.requestBytes);
    const writtenAt = clock.monotonic() - fileAge(stats.mtimeMs, this.#lastScan, clock);
    const job: SpoolJob = { id, client, lane: client, path, attempts: 0, bytes, writtenAt };
    this.#known.add(name);
    if (this.#outstanding.hasRoomForBytes(bytes)) {
      this.admit(job, entrance);
    } else {
      this.#overflow.add(client, job);
    }
  }

  /** Takes a request that a previous server had claimed. */
  adopt(arrival: Arrival, stats: Stats, entrance: Entrance): void {
    this.#known.add(requestName(arrival));
    if (entrance.examine !== undefined) return entrance.examine(arrival);
    const { id, client, path, attempts } = arrival;
    const writtenAt =
      this.#context.clock.monotonic() - fileAge(stats.mtimeMs, undefined, this.#context.clock);
    this.admit({ id, client, lane: client, path, attempts, bytes: stats.size, writtenAt }, entrance);
  }

  /** True if the lane may have one more request, of `bytes`, that waits or runs; `attempts` are the claims of previous servers. */
  hasRoom({ lane, bytes, attempts }: SpoolJob): boolean {
    return attempts > 0 ? this.#outstanding.mayTakeOver(lane) : this.#outstanding.hasRoomInLane(lane, bytes);
  }

  /** Counts a request that waits or runs from now on. */
  admit(job: SpoolJob, { admit }: Entrance): void {
    this.#outstanding.add(job);
    admit(job);
  }

  /** Stops counting a request that was answered, withdrawn or purged. */
  release(job: SpoolJob): void {
    this.#outstanding.remove(job);
    job.endCounts?.();
    this.forget(job);
  }

  /** Forgets a request that was not admitted. If its file is still there, the next scan finds it. */
  forget(name: RequestName): void {
    this.#known.delete(requestName(name));
  }

  /** Refuses one request beyond the limits, round-robin between the clients. */
  refuseOne(retryAfterMs: number): void {
    const job = this.#overflow.take(() => true)?.item;
    if (job === undefined) return;
    this.#context.counts.overloaded++;
    this.answerWaiting(job, [errorHead(job.id, overloadRefusal(retryAfterMs))]);
  }

  /** Answers a request that was not admitted, and forgets it. A request whose client obstructs the reply is skipped for 5 s. */
  answerWaiting(job: SpoolJob, reply: readonly [Buffer], keepsRequest = false): void {
    try {
      this.#files.answer(job, reply, keepsRequest);
    } catch (error) {
      if (job.proof !== undefined) {
        this.#context.capabilities?.replays.forgetUnanswered({ leaf: job.proof.leaf, id: job.id });
      }
      if (!isObstacle(error)) throw error;
      this.#context.quarantine.note(job.path, error);
    } finally {
      this.forget(job);
    }
  }
}
