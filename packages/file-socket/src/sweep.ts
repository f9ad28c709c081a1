import { lstatSync, readdirSync, rmdirSync } from "node:fs";
import { failpoint } from "./process/failpoint.ts";
import { discard, namesIn } from "./files.ts";
import { isProcessGone, LEASE_GONE_MS, LEASE_MS } from "./lease.ts";
import { isClientName, isReplyName, spareName } from "./names.ts";
import type { Quarantine } from "./quarantine.ts";
import type { Tree } from "./tree.ts";
import type { Clock } from "./process/clock.ts";

export const SWEEP_MS = 5_000;
/** How long an unread reply and a staging file live. */
const LEFTOVER_MS = 60_000;

/** Names of one directory looked at in one sweep. */
const SWEEP_NAMES = 4_096;

interface Seen {
  readonly mtimeMs: number;
  /** When it was first seen with this time, on the monotonic clock. */
  readonly since: number;
}

/**
 * Removes what dead clients leave. Time stamps are only compared with themselves, between sweeps, so a wall clock that
 * jumps makes nothing old.
 */
export class Sweep {
  readonly #tree: Tree;
  readonly #clock: Clock;
  readonly #quarantine: Quarantine;
  #seen = new Map<string, Seen>();

  constructor(tree: Tree, clock: Clock, quarantine: Quarantine) {
    this.#tree = tree;
    this.#clock = clock;
    this.#quarantine = quarantine;
  }

  /** `purged` hears of every client that is gone. */
  run(purged: (client: string) => void): void {
    const now = this.#clock.monotonic();
    const before = this.#seen;
    const seen = new Map<string, Seen>();
    /** For how long `path` has not changed; undefined where it is gone. */
    const quietMs = (path: string): number | undefined => {
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found === undefined) return undefined;
      const known = before.get(path);
      const since = known?.mtimeMs === found.mtimeMs ? known.since : now;
      seen.set(path, { mtimeMs: found.mtimeMs, since });
      return now - since;
    };
    const { tmp, out } = this.#tree;
    for (const name of readdirSync(tmp)) this.#removeOld(`${tmp}/${name}`, quietMs);
    for (const client of readdirSync(out)) {
      const path = `${out}/${client}`;
      // A link is put aside, not followed: what it leads to is not ours.
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (!isClientName(client) || found?.isDirectory() === false) {
        this.#quarantine.take(path);
        continue;
      }
      const quiet = quietMs(path) ?? 0;
      if (quiet >= LEASE_MS || (quiet >= LEASE_GONE_MS && isProcessGone(client))) {
        failpoint("file-socket/sweep/before-purge");
        removeClient(path);
        failpoint("file-socket/sweep/after-purge");
        discard(`${tmp}/${spareName(client)}`);
        purged(client);
        continue;
      }
      for (const name of namesIn(path, SWEEP_NAMES)) {
        if (isReplyName(name)) this.#removeOld(`${path}/${name}`, quietMs);
      }
    }
    this.#seen = seen;
  }

  #removeOld(path: string, quietMs: (path: string) => number | undefined): void {
    if ((quietMs(path) ?? 0) < LEFTOVER_MS) return;
    failpoint("file-socket/sweep/before-remove");
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) this.#quarantine.take(path);
    else discard(path);
    failpoint("file-socket/sweep/after-remove");
  }
}

/** Remove a client's directory with its replies. Anything else in it stays, and so does the directory then. */
function removeClient(path: string): void {
  for (const name of namesIn(path, Infinity)) {
    if (isReplyName(name)) discard(`${path}/${name}`);
  }
  try {
    rmdirSync(path);
  } catch {
    // Not ours to remove; the next sweep looks again.
  }
}
