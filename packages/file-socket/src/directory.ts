import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, type Stats } from "node:fs";
import { resolve } from "node:path";
import { errnoOf, FileSocketError } from "./errors.ts";

/** A validated directory, held open so that nobody can swap it under a path. */
export interface HeldDirectory {
  /** As configured, absolute. */
  readonly path: string;
  /** A path that names this very directory, whatever happens to {@link path}. */
  readonly base: string;
  /** Whether {@link path} still leads here. */
  isInPlace(): boolean;
  close(): void;
}

/**
 * Check and hold the directory at `path`.
 *
 * @throws {FileSocketError} `FSOCK_UNSAFE_DIR` when it is a symbolic link, no directory, not ours, or writable by
 * others; `FSOCK_STORAGE` when it is missing or cannot be opened.
 */
export function holdDirectory(path: string): HeldDirectory {
  // resolve() drops a trailing slash, which would make lstat follow a link.
  const absolute = resolve(path);
  let fd: number;
  let held: Stats;
  try {
    requireSafe(absolute, lstatSync(absolute));
    fd = openSync(absolute, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    throw storageError(`cannot open the directory ${absolute}`, error);
  }
  try {
    held = fstatSync(fd);
    requireSafe(absolute, held);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return {
    path: absolute,
    base: descriptorPath(fd, held) ?? absolute,
    isInPlace: () => {
      const found = lstatSync(absolute, { throwIfNoEntry: false });
      if (found === undefined) return false;
      return isSameFile(found, held) && unsafety(found) === undefined;
    },
    close: () => closeSync(fd),
  };
}

/** Make `path` a directory with mode 0700 where it is missing. Whatever exists already is left alone. */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw storageError(`cannot make the directory ${path}`, error);
  }
}

/**
 * Make `path` a directory with mode 0700 where it is missing, and check it where it exists.
 *
 * @throws {FileSocketError} as {@link holdDirectory}
 */
export function ensureDirectory(path: string): void {
  makeDirectory(path);
  requireSafe(path, lstatSync(path));
}

export function isSameFile(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** Linux resolves names below `/proc/self/fd/N` in the open directory itself, as openat does. */
function descriptorPath(fd: number, held: Stats): string | undefined {
  const path = `/proc/self/fd/${fd}`;
  const found = lstatSync(`${path}/.`, { throwIfNoEntry: false });
  return found !== undefined && isSameFile(found, held) ? path : undefined;
}

function requireSafe(path: string, stats: Stats): void {
  const problem = unsafety(stats);
  if (problem !== undefined) throw new FileSocketError("FSOCK_UNSAFE_DIR", `${path} ${problem}`);
}

function unsafety(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return "is a symbolic link; name the directory itself";
  if (!stats.isDirectory()) return "is not a directory; remove it or choose another one";
  const uid = process.geteuid?.();
  if (uid !== undefined && stats.uid !== uid) {
    return `belongs to user ${stats.uid}, and this process runs as user ${uid}; choose another one`;
  }
  if ((stats.mode & 0o022) !== 0) {
    return `is writable by others (mode ${(stats.mode & 0o7777).toString(8)}); run chmod go-w on it`;
  }
  return undefined;
}

function storageError(what: string, error: unknown): unknown {
  if (errnoOf(error) === undefined) return error;
  return new FileSocketError("FSOCK_STORAGE", `${what}: ${(error as Error).message}`, { cause: error });
}
