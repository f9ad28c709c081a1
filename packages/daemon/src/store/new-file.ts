import { failpoint } from "@gvpie/file-socket/process";
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  type Stats,
} from "node:fs";
import { dirname, join } from "node:path";
import { isAbandoned, newOwnedName } from "../owned-names.ts";
import { StoreError, type StoreErrorCode } from "./errors.ts";
import { SIDE_FILES } from "./sqlite-files.ts";

const PREFIX = ".gvpie-copy-";
/** Bytes that stay free beside a copy. */
const MARGIN_BYTES = 1_048_576;

/** A database file that is written under a name of its own, and gets its name when it is complete. */
export interface NewFile {
  /** The path that it has until it is published. */
  readonly path: string;
  /** The path that it gets. */
  readonly target: string;
  /**
   * Flushes the file and gives it its name: in place of the file that has the name, or else only if there is none.
   *
   * @throws {StoreError} `STORE_EXISTS`.
   */
  publish(options: { readonly replace: boolean }): void;
  /** Removes the file unless it was published. */
  discard(): void;
}

/**
 * Creates an empty file in the folder of `target`, and removes the unfinished ones of processes that died.
 *
 * @throws {StoreError} `STORE_FULL`, `STORE_READ_ONLY`, `STORE_IO`.
 */
export function createNewFile(target: string, like: Pick<Stats, "mode" | "uid" | "gid">): NewFile {
  const folder = dirname(target);
  const path = join(folder, newOwnedName(PREFIX));
  attempt(target, () => {
    for (const name of readdirSync(folder)) {
      if (isAbandoned(PREFIX, withoutSuffix(name))) rmSync(join(folder, name));
    }
    failpoint("daemon/copy/before-create");
    closeSync(openSync(path, "wx", 0o600));
    failpoint("daemon/copy/after-create");
  });
  return {
    path,
    target,
    publish: ({ replace }) =>
      attempt(target, () => {
        chmodSync(path, like.mode & 0o777);
        // Only root can give a file away, and does so that its owner can still open it.
        if (process.geteuid?.() === 0) chownSync(path, like.uid, like.gid);
        failpoint("daemon/copy/before-fsync");
        flush(path);
        failpoint("daemon/copy/after-fsync");
        if (replace) {
          renameSync(path, target);
        } else {
          giveName(path, target);
        }
        failpoint("daemon/copy/after-rename");
        flush(folder);
      }),
    discard() {
      for (const suffix of ["", ...SIDE_FILES]) rmSync(path + suffix, { force: true });
    },
  };
}

function withoutSuffix(name: string): string {
  const suffix = SIDE_FILES.find((one) => name.endsWith(one));
  return suffix === undefined ? name : name.slice(0, -suffix.length);
}

/** Renames without replacing a file: `rename` would replace one that another process creates just before. */
function giveName(path: string, target: string): void {
  try {
    linkSync(path, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    // The file system has no hard links.
    renameSync(path, target);
    return;
  }
  failpoint("daemon/copy/after-link");
  rmSync(path);
}

/** Flushes a file or a folder to the disk. */
export function flush(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** @throws {StoreError} `STORE_FULL` if the disk of `target` has no room for a file of this size. */
export function requireRoom(target: string, bytes: number, remedy: string): void {
  const { bavail, bsize } = attempt(target, () => statfsSync(dirname(target)));
  const free = bavail * bsize;
  if (free >= bytes + MARGIN_BYTES) return;
  const fact = `expected ${bytes + MARGIN_BYTES} free bytes for a copy of the database, got ${free}`;
  throw new StoreError("STORE_FULL", `${target}: ${fact}; ${remedy}`);
}

const SYSTEM_ERRORS: Readonly<Record<string, readonly [StoreErrorCode, string]>> = {
  EEXIST: ["STORE_EXISTS", "the file exists; name another one"],
  ENOSPC: ["STORE_FULL", "the disk is full; free some space, or name a file on another disk"],
  EDQUOT: ["STORE_FULL", "the disk quota is used up; free some space, or name a file on another disk"],
  EACCES: ["STORE_READ_ONLY", "its folder cannot be written; make it writable, or name a file elsewhere"],
  EPERM: ["STORE_READ_ONLY", "its folder cannot be written; make it writable, or name a file elsewhere"],
  EROFS: ["STORE_READ_ONLY", "the file system is read-only; name a file elsewhere"],
  ENOENT: ["STORE_IO", "there is no such folder; create it, or name a file elsewhere"],
  ENOTDIR: ["STORE_IO", "a part of the path is not a folder; name a file elsewhere"],
  EISDIR: ["STORE_IO", "it is a folder; name a file in it"],
  EBUSY: ["STORE_IO", "it is mounted by itself; mount its folder instead"],
};

/** Runs `work`, and converts an error of the operating system. */
export function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Converts an error of the operating system to a {@link StoreError} that names the remedy. Returns any other error unchanged. */
export function fileError(error: unknown, path: string): unknown {
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  const [known, text] = SYSTEM_ERRORS[code ?? ""] ?? ["STORE_IO", message];
  return new StoreError(known, `${path}: ${text}`, { cause: error });
}
