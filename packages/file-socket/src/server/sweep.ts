import { lstatSync, readdirSync, rmdirSync } from "node:fs";
import { listNamesIfPossible, remove } from "../fs/files.ts";
import { failpoint } from "../process/failpoint.ts";
import { startTicks } from "../process/identity.ts";
import { LEASE_GONE_MS, LEASE_MS } from "../protocol/lease.ts";
import { isClientName, isReplyName, spareName } from "../protocol/names.ts";
import type { SessionContext } from "./context.ts";

/** Milliseconds between two sweeps. */
export const SWEEP_MS = 5_000;
/** Milliseconds after which an unread reply or a staging file is removed. */
const LEFTOVER_MS = 60_000;
/** Names examined per reply directory and sweep. */
const SWEEP_NAMES = 4_096;

interface Seen {
  readonly mtimeMs: number;
  /** The first sweep that saw this time, on the monotonic clock. */
  readonly since: number;
}

/**
 * Removes the files of dead clients. Time stamps are only compared with those of earlier sweeps, so a jump of the wall
 * clock does not make any file old.
 */
export class Sweep {
  readonly #context: SessionContext;
  #seen = new Map<string, Seen>();

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** Sweeps once. Calls `onPurge` for each client whose lease has ended. */
  run(onPurge: (client: string) => void): void {
    const { tree, clock, quarantine } = this.#context;
    const now = clock.monotonic();
    const before = this.#seen;
    const seen = new Map<string, Seen>();
    /** Milliseconds since `path` last changed; undefined if it does not exist. */
    const quietMs = (path: string): number | undefined => {
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found === undefined) return undefined;
      const known = before.get(path);
      const since = known?.mtimeMs === found.mtimeMs ? known.since : now;
      seen.set(path, { mtimeMs: found.mtimeMs, since });
      return now - since;
    };
    const { tmp, out } = tree;
    for (const name of readdirSync(tmp)) this.#removeOld(`${tmp}/${name}`, quietMs);
    for (const client of readdirSync(out)) {
      const path = `${out}/${client}`;
      // A symbolic link is quarantined, not followed: its target is not ours.
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (!isClientName(client) || found?.isDirectory() === false) {
        quarantine.take(path);
        continue;
      }
      const quiet = quietMs(path) ?? 0;
      if (quiet >= LEASE_MS || (quiet >= LEASE_GONE_MS && isProcessGone(client))) {
        failpoint("file-socket/sweep/before-purge");
        removeReplyDirectory(path);
        failpoint("file-socket/sweep/after-purge");
        remove(`${tmp}/${spareName(client)}`);
        onPurge(client);
        continue;
      }
      for (const name of listNamesIfPossible(path, SWEEP_NAMES)) {
        if (isReplyName(name)) this.#removeOld(`${path}/${name}`, quietMs);
      }
    }
    this.#seen = seen;
  }

  #removeOld(path: string, quietMs: (path: string) => number | undefined): void {
    if ((quietMs(path) ?? 0) < LEFTOVER_MS) return;
    failpoint("file-socket/sweep/before-remove");
    this.#context.quarantine.remove(path);
    failpoint("file-socket/sweep/after-remove");
  }
}

/** True if the process in a client's name is known to have ended. */
function isProcessGone(client: string): boolean {
  const [pid, ticks] = client.split("-");
  if (ticks === "0" || process.platform !== "linux") return false;
  return startTicks(Number(pid)) !== ticks;
}

/** Removes the replies in a directory, then the directory if it is empty. */
function removeReplyDirectory(path: string): void {
  for (const name of listNamesIfPossible(path, Infinity)) {
    if (isReplyName(name)) remove(`${path}/${name}`);
  }
  try {
    rmdirSync(path);
  } catch {
    // It contains other files, which are not ours. The next sweep tries again.
  }
}
