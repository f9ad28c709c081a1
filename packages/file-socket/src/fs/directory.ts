import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, type Stats } from "node:fs";
import { resolve } from "node:path";
import { FileSocketError } from "../errors.ts";
import { errnoOf } from "./errno.ts";

/** A validated directory, held open so that another process cannot replace it under its path. */
export interface HeldDirectory {
  /** The configured path, absolute. */
  readonly path: string;
  /** A path that keeps naming this directory even if {@link path} is renamed or replaced. */
  readonly base: string;
  /** True if {@link path} still names this directory. */
  isInPlace(): boolean;
  close(): void;
}

/**
 * Validates the directory at `path` and holds it open.
 *
 * @throws {FileSocketError} `FSOCK_UNSAFE_DIR` if it is a symbolic link, not a directory, owned by another user, or
 * writable by other users; `FSOCK_STORAGE` if it is missing or cannot be opened.
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
      return isSameFile(found, held) && problemOf(found) === undefined;
    },
    close: () => closeSync(fd),
  };
}

/** Creates the directory `path` with mode 0700. Anything that exists there is left unchanged. */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw storageError(`cannot make the directory ${path}`, error);
  }
}

/**
 * Creates the directory `path` with mode 0700 if it is missing, and validates it.
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

/** Linux resolves a path below `/proc/self/fd/N` in the open directory itself, as openat does. */
function descriptorPath(fd: number, held: Stats): string | undefined {
  const path = `/proc/self/fd/${fd}`;
  const found = lstatSync(`${path}/.`, { throwIfNoEntry: false });
  return found !== undefined && isSameFile(found, held) ? path : undefined;
}

function requireSafe(path: string, stats: Stats): void {
  const problem = problemOf(stats);
  if (problem !== undefined) throw new FileSocketError("FSOCK_UNSAFE_DIR", `${path} ${problem}`);
}

function problemOf(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return "is a symbolic link; pass the path of the directory itself";
  if (!stats.isDirectory()) return "is not a directory; remove it or choose another path";
  const uid = process.geteuid?.();
  if (uid !== undefined && stats.uid !== uid) {
    return `belongs to user ${stats.uid}, but this process runs as user ${uid}; choose another path`;
  }
  if ((stats.mode & 0o022) !== 0) {
    return `is writable by others (mode ${(stats.mode & 0o7777).toString(8)}); run chmod go-w on it`;
  }
  return undefined;
}

function storageError(message: string, error: unknown): unknown {
  if (errnoOf(error) === undefined) return error;
  return new FileSocketError("FSOCK_STORAGE", `${message}: ${(error as Error).message}`, { cause: error });
}
