import { readdirSync, readlinkSync, realpathSync, statSync, type Stats } from "node:fs";
import { StoreError } from "./errors.ts";

/**
 * The files of an open database, as they were when it was opened: the database, its write-ahead log and the index of the log. Other
 * processes find all three by name.
 */
export interface DatabaseFiles {
  /**
   * Compares the files at the path with the open ones.
   *
   * - `moved`: some are no longer there. The open ones can still be written.
   * - `replaced`: other files stand there, perhaps with a log that another process writes. Writing would damage them.
   */
  state(): "intact" | "moved" | "replaced";
  /** True if the log at the path is the open one, although another database may be beside it. */
  ownsLog(): boolean;
  /** @throws {StoreError} `STORE_MOVED` unless the files are intact; `STORE_CORRUPT` if the database was truncated. */
  check(): void;
}

/** Records the files of the database at `path`, which this process has open in WAL mode. */
export function watchFiles(path: string): DatabaseFiles {
  // SQLite follows links, so the log stands beside the file that a link names.
  const real = realpathSync(path);
  const paths = [path, `${real}-wal`, `${real}-shm`];
  const opened = paths.map(identify);

  function state(): "intact" | "moved" | "replaced" {
    let isMissing = false;
    for (const [index, file] of paths.entries()) {
      const found = identify(file);
      if (found === opened[index]) continue;
      if (found !== undefined) return "replaced";
      isMissing = true;
    }
    return isMissing ? "moved" : "intact";
  }

  return {
    state,
    ownsLog: () => paths.slice(1).every((file, index) => identify(file) === opened[index + 1]),
    check() {
      const found = state();
      if (found !== "intact") throw moved(paths, found, opened);
      // An open database has at least one page.
      if (look(path)?.size === 0) {
        const message = "another process has emptied the database; stop that process, and restore a backup";
        throw new StoreError("STORE_CORRUPT", `${path}: ${message}`);
      }
    },
  };
}

function moved(
  paths: readonly string[],
  state: "moved" | "replaced",
  opened: readonly (string | undefined)[],
): StoreError {
  const index = paths.findIndex((file, at) => identify(file) !== opened[at]);
  const id = opened[index];
  const now = id === undefined ? undefined : currentPath(id);
  const event = now === undefined ? "removed" : `moved to ${JSON.stringify(now)}`;
  const fact =
    state === "moved"
      ? `expected the open database file, got none: it was ${event}`
      : `expected the open database file, got another one: the open one was ${event}`;
  const remedy =
    "nothing more starts; end all processes that use the database, put its files back or name another path, and start again";
  return new StoreError("STORE_MOVED", `${paths[index]}: ${fact}; ${remedy}`);
}

/** Returns the path of an open file of this process, from its descriptor; undefined if it was removed or the system has no list. */
function currentPath(id: string): string | undefined {
  try {
    for (const descriptor of readdirSync("/proc/self/fd")) {
      const link = `/proc/self/fd/${descriptor}`;
      if (identify(link) !== id) continue;
      const target = readlinkSync(link);
      if (identify(target) === id) return target;
    }
  } catch {
    // No /proc, or a descriptor closed meanwhile.
  }
  return undefined;
}

function identify(file: string): string | undefined {
  const stats = look(file);
  return stats && `${stats.dev}:${stats.ino}`;
}

function look(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    // A folder on the way has become a file or forbidden.
    return undefined;
  }
}
