import { readdirSync, readlinkSync, realpathSync, statSync, type Stats } from "node:fs";
import { StoreError } from "./errors.ts";

/** Suffixes of the files that SQLite makes beside a database. */
export const SIDE_FILES = ["-wal", "-shm", "-journal"] as const;

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

/** Device and inode of a file; undefined if there is none. */
type Identity = Pick<Stats, "dev" | "ino"> | undefined;

/** Records the files of the database at `path`, which this process has open in WAL mode. */
export function watchFiles(path: string): DatabaseFiles {
  // SQLite follows links, so the log stands beside the file that a link names.
  const real = realpathSync(path);
  const paths = [path, `${real}-wal`, `${real}-shm`];
  const opened = paths.map(look);
  const isOpened = (index: number, found: Stats | undefined): boolean => isSame(opened[index], found);

  function compare(files: readonly (Stats | undefined)[]): "intact" | "moved" | "replaced" {
    const changed = files.filter((found, index) => !isOpened(index, found));
    if (changed.length === 0) return "intact";
    return changed.some((found) => found !== undefined) ? "replaced" : "moved";
  }
  const state = (): ReturnType<typeof compare> => compare(paths.map(look));

  return {
    state,
    ownsLog: () => [1, 2].every((index) => isOpened(index, look(paths[index] ?? ""))),
    check() {
      const files = paths.map(look);
      const found = compare(files);
      if (found !== "intact") throw moved(paths, found, opened);
      // An open database has at least one page.
      if (files[0]?.size === 0) {
        const message = "another process has emptied the database; stop that process, and restore a backup";
        throw new StoreError("STORE_CORRUPT", `${path}: ${message}`);
      }
    },
  };
}

function moved(
  paths: readonly string[],
  state: "moved" | "replaced",
  opened: readonly Identity[],
): StoreError {
  const index = paths.findIndex((file, at) => !isSame(opened[at], look(file)));
  const now = currentPath(opened[index]);
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
function currentPath(file: Identity): string | undefined {
  if (file === undefined) return undefined;
  try {
    for (const descriptor of readdirSync("/proc/self/fd")) {
      const link = `/proc/self/fd/${descriptor}`;
      if (!isSame(file, look(link))) continue;
      const target = readlinkSync(link);
      if (isSame(file, look(target))) return target;
    }
  } catch {
    // No /proc, or a descriptor closed meanwhile.
  }
  return undefined;
}

function isSame(one: Identity, other: Identity): boolean {
  return one?.ino === other?.ino && one?.dev === other?.dev;
}

function look(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    // A folder on the way has become a file or forbidden.
    return undefined;
  }
}
