import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  type Stats,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { FileSocketError } from "../errors.ts";
import { replaceableAncestor } from "./ancestors.ts";
import { errnoOf } from "./errno.ts";

/** A validated directory, held open so that another process cannot replace it under its path. */
export interface HeldDirectory {
  /** The configured path, absolute. */
  readonly path: string;
  /** A path that keeps naming this directory even if {@link path} is renamed or replaced. */
  readonly base: string;
  /** True if {@link path} still names this directory, and no other user could change that. */
  isInPlace(): boolean;
  close(): void;
}

/**
 * Validates the directory at `path` and holds it open.
 *
 * @throws {FileSocketError} `FSOCK_UNSAFE_DIR` if it is a symbolic link, not a directory, owned by another user, writable
 * by other users, or below a directory that another user can rename; `FSOCK_STORAGE` if it is missing or cannot be opened.
 */
export function holdDirectory(path: string): HeldDirectory {
  // resolve() drops a trailing slash, which would make lstat follow a link.
  const absolute = resolve(path);
  let fd: number;
  let held: Stats;
  try {
    requireSafe(absolute, lstatSync(absolute));
    requireSafeAncestors(absolute);
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
      const isSafe = isSameFile(found, held) && problemOf(found) === undefined;
      return isSafe && replaceableAncestor(absolute) === undefined;
    },
    close: () => closeSync(fd),
  };
}

/**
 * Creates the directory `path` with mode 0700, and those above it with mode 0755, where they are missing. Anything that
 * exists is left unchanged.
 *
 * @throws {FileSocketError} `FSOCK_UNSAFE_DIR` if another user can rename a directory above it; `FSOCK_STORAGE`.
 */
export function makeDirectories(path: string): void {
  try {
    requireSafeAncestors(path);
    makeParents(dirname(path));
  } catch (error) {
    throw storageError(`cannot make the directory ${dirname(path)}`, error);
  }
  makeDirectory(path);
}

/** Not by `recursive` of `mkdirSync`, which never returns below `/proc`, where no directory can be created. */
function makeParents(path: string): void {
  if (existsSync(path)) return;
  makeParents(dirname(path));
  try {
    mkdirSync(path, { mode: 0o755 });
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
}

/** Creates the directory `path` with mode 0700 under any umask. Anything that exists there is left unchanged. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
    if ((lstatSync(path).mode & 0o777) !== 0o700) chmodSync(path, 0o700);
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

function requireSafeAncestors(path: string): void {
  const problem = replaceableAncestor(path);
  if (problem === undefined) return;
  throw new FileSocketError("FSOCK_UNSAFE_DIR", `another user could replace ${path}: ${problem}`);
}

function problemOf(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return "is a symbolic link; pass the path of the directory itself";
  if (!stats.isDirectory()) return "is not a directory; remove it or choose another path";
  const uid = process.geteuid?.();
  if (uid !== undefined && stats.uid !== uid) {
    return `belongs to user ${stats.uid}, but this process runs as user ${uid}; run it as that user, or choose another path`;
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
