import { errnoOf } from "../fs/errno.ts";
import { entryPath, type EntryPath, namesIn } from "../fs/listing.ts";
import { failpoint } from "../process/failpoint.ts";
import { startTicks } from "../process/identity.ts";
import { LEASE_GONE_MS, LEASE_MS } from "../protocol/lease.ts";
import { isClientName, isReplyName, isRunDirectoryName, spareName } from "../protocol/names.ts";
import type { SessionContext } from "./context.ts";
import { lstatOf } from "./quarantine.ts";

/** Milliseconds between the starts of two sweeps. */
export const SWEEP_MS = 5_000;
/** Milliseconds after which an unread reply or a staging file is removed. */
const LEFTOVER_MS = 60_000;
/** Milliseconds after which a file in `run` cannot belong to a request: the longest deadline, twice. */
const UNCLAIMED_MS = 120_000;
/** Names examined per reply directory and sweep. */
const SWEEP_NAMES = 4_096;
/** Entries examined in one turn of the event loop. */
const STEPS = 128;
/** Milliseconds between two such turns, so that a sweep of any size leaves most of the thread to the requests. */
const PAUSE_MS = 10;
/** Entries whose age is remembered from one sweep to the next. */
const MAX_SEEN = 131_072;

interface Seen {
  readonly mtimeMs: number;
  /** The first sweep that saw this time, on the monotonic clock. */
  readonly since: number;
}

/**
 * Removes the files of dead clients, and entries that do not belong in the tree. Time stamps are only compared with those
 * of earlier sweeps, so a jump of the wall clock does not make any file old. A sweep works for a bounded time and then
 * yields to the event loop. An entry that cannot be examined or removed does not keep it from the others.
 */
export class Sweep {
  readonly #context: SessionContext;
  readonly #onPurge: (client: string) => void;
  #seen = new Map<string, Seen>();
  #steps: Generator<void, void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `onPurge` is called for each client whose lease has ended. */
  constructor(context: SessionContext, onPurge: (client: string) => void) {
    this.#context = context;
    this.#onPurge = onPurge;
  }

  /** Starts a sweep, unless the last one is still at work. */
  start(): void {
    if (this.#steps !== undefined) return;
    this.#steps = this.#sweep();
    this.#continue(this.#steps);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#steps?.return();
    this.#steps = undefined;
  }

  #continue(steps: Generator<void, void>): void {
    let isDone = true;
    try {
      for (let count = 0; count < STEPS; count++) {
        isDone = true;
        isDone = steps.next().done === true;
        if (isDone) break;
      }
    } finally {
      if (isDone) this.#steps = undefined;
    }
    if (isDone) return;
    this.#timer = setTimeout(() => this.#context.attempt(() => this.#continue(steps)), PAUSE_MS);
    this.#timer.unref();
  }

  /** Yields after each entry. */
  *#sweep(): Generator<void, void> {
    const { tree, clock, quarantine } = this.#context;
    const before = this.#seen;
    const seen = new Map<string, Seen>();
    /** Milliseconds since `path` last changed; undefined if it does not exist. */
    const quietMs = (path: EntryPath): number | undefined => {
      const found = lstatOf(path);
      if (found === undefined) return undefined;
      const now = clock.monotonic();
      const key = path.toString("latin1");
      const known = before.get(key);
      const since = known?.mtimeMs === found.mtimeMs ? known.since : now;
      if (seen.size < MAX_SEEN) seen.set(key, { mtimeMs: found.mtimeMs, since });
      return now - since;
    };
    for (const name of namesIn(tree.tmp)) {
      yield;
      this.#removeOld(entryPath(tree.tmp, name), quietMs);
    }
    for (const name of namesIn(tree.out)) {
      yield;
      yield* this.#sweepClient(name, quietMs);
    }
    for (const name of namesIn(tree.run)) {
      yield;
      const path = entryPath(tree.run, name);
      if (isRunDirectoryName(name)) {
        this.#removeOld(path, quietMs, UNCLAIMED_MS);
      } else {
        quarantine.take(path);
      }
    }
    yield* quarantine.trim();
    this.#seen = seen;
  }

  *#sweepClient(client: string, quietMs: (path: EntryPath) => number | undefined): Generator<void, void> {
    const { tree, quarantine } = this.#context;
    const path = entryPath(tree.out, client);
    // A symbolic link is quarantined, not followed: its target is not ours.
    if (!isClientName(client) || lstatOf(path)?.isDirectory() === false) {
      quarantine.take(path);
      return;
    }
    const quiet = quietMs(path) ?? 0;
    const isPurged = quiet >= LEASE_MS || (quiet >= LEASE_GONE_MS && isProcessGone(client));
    if (isPurged && quarantine.isStuck(path)) return;
    let count = 0;
    for (const name of namesIfReadable(path)) {
      if (++count > SWEEP_NAMES && !isPurged) break;
      yield;
      if (!isReplyName(name)) continue;
      const reply = entryPath(path, name);
      if (isPurged) {
        if (quarantine.remove(reply) === "stuck") break;
      } else {
        this.#removeOld(reply, quietMs);
      }
    }
    if (!isPurged) return;
    const isKnown = quarantine.isKnown(path);
    failpoint("file-socket/sweep/before-purge");
    // Other files in it are not ours. A later sweep tries again.
    quarantine.removeDirectory(path);
    failpoint("file-socket/sweep/after-purge");
    quarantine.remove(`${tree.tmp}/${spareName(client)}`);
    if (!isKnown) this.#onPurge(client);
  }

  #removeOld(
    path: EntryPath,
    quietMs: (path: EntryPath) => number | undefined,
    afterMs: number = LEFTOVER_MS,
  ): void {
    if ((quietMs(path) ?? 0) < afterMs || this.#context.quarantine.isStuck(path)) return;
    failpoint("file-socket/sweep/before-remove");
    this.#context.quarantine.remove(path);
    failpoint("file-socket/sweep/after-remove");
  }
}

/** Yields the names in a directory of a client, none if it cannot be read. */
function* namesIfReadable(path: EntryPath): Generator<string, void> {
  try {
    yield* namesIn(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

/** True if the process in a client's name is known to have ended. */
function isProcessGone(client: string): boolean {
  const [pid, ticks] = client.split("-");
  if (ticks === "0" || process.platform !== "linux") return false;
  return startTicks(Number(pid)) !== ticks;
}
