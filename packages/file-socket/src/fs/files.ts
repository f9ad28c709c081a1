import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  statfsSync,
  unlinkSync,
  writevSync,
} from "node:fs";
import { failpoint } from "../process/failpoint.ts";
import { errnoOf } from "./errno.ts";
import type { EntryPath } from "./listing.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/**
 * Creates `path`, writes all of `chunks` and returns the open descriptor. The caller then renames the file to its final
 * name, so that readers never see part of it. On failure the file is removed.
 */
export function createFile(path: string, chunks: readonly Uint8Array[]): number {
  failpoint("file-socket/file/before-create");
  const fd = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  failpoint("file-socket/file/after-create");
  try {
    writeAll(fd, path, chunks);
    return fd;
  } catch (error) {
    closeSync(fd);
    try {
      unlinkSync(path);
    } catch {
      // Report the first failure.
    }
    throw error;
  }
}

/** Like {@link createFile}, but closes the descriptor. */
export function writeFile(path: string, chunks: readonly Uint8Array[]): void {
  closeSync(createFile(path, chunks));
}

/**
 * Overwrites a file in place, to reuse allocated blocks, if `isOurs` accepts it. Returns its status before; if undefined, the
 * contents are undefined too.
 */
export function overwriteFile(
  path: string,
  chunks: readonly Uint8Array[],
  isOurs: (file: Stats) => boolean,
): Stats | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
    const stats = fstatSync(fd);
    // A write would change the file under its second hard link, too.
    if (defectOf(stats, Infinity) !== undefined || !isOurs(stats)) return undefined;
    const total = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    failpoint("file-socket/file/before-truncate");
    if (stats.size > total) ftruncateSync(fd, total);
    failpoint("file-socket/file/after-truncate");
    writeAll(fd, path, chunks);
    return stats;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function writeAll(fd: number, path: string, chunks: readonly Uint8Array[]): void {
  let rest = chunks.filter((chunk) => chunk.byteLength > 0);
  let total = 0;
  while (rest.length > 0) {
    failpoint("file-socket/file/before-write");
    const written = writevSync(fd, rest);
    total += written;
    rest = skip(rest, written);
    failpoint("file-socket/file/after-write");
  }
  // On a network file system, a full disk may truncate the file without an error.
  const { size, mode } = fstatSync(fd);
  // An unusual umask, under which the clients of this user could not read the file.
  if ((mode & 0o600) !== 0o600) fchmodSync(fd, 0o600);
  if (size === total) return;
  const message = `ENOSPC: expected ${path} to hold ${total} bytes, got ${size}`;
  throw Object.assign(new Error(message), { code: "ENOSPC", syscall: "write" });
}

function skip(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let left = bytes;
  for (const chunk of chunks) {
    if (left < chunk.byteLength) rest.push(chunk.subarray(left));
    left = Math.max(0, left - chunk.byteLength);
  }
  return rest;
}

/** The reason why a file written by another process is not read. */
export type FileDefect =
  | "symbolic link"
  | "hard link"
  | "not a regular file"
  | "unreadable"
  | "immovable"
  | "too large";

/** An open regular file with exactly one hard link, or the reason why it was not opened. */
export type Opened =
  | { readonly fd: number; readonly stats: Stats }
  | { readonly defect: FileDefect }
  | { readonly missing: true };

/** Opens a file written by another process, without following a link or blocking on a FIFO. */
export function openUntrusted(path: string, maxBytes: number): Opened {
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    switch (errnoOf(error)) {
      case "ENOENT":
        return { missing: true };
      case "ELOOP":
        return { defect: "symbolic link" };
      case "ENXIO":
        return { defect: "not a regular file" };
      // Another process holds a lease (F_SETLEASE), which the kernel takes from it within 45 s.
      case "EAGAIN":
        return { defect: "unreadable" };
      case "EACCES":
        if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return { defect: "unreadable" };
        throw error;
      default:
        throw error;
    }
  }
  const stats = fstatSync(fd);
  const defect = defectOf(stats, maxBytes);
  if (defect === undefined) return { fd, stats };
  closeSync(fd);
  return defect === "unlinked" ? { missing: true } : { defect };
}

function defectOf(stats: Stats, maxBytes: number): FileDefect | "unlinked" | undefined {
  if (!stats.isFile()) return "not a regular file";
  if (stats.nlink === 0) return "unlinked";
  if (stats.nlink > 1) return "hard link";
  return stats.size > maxBytes ? "too large" : undefined;
}

/** Returns the first `size` bytes of `fd`, or all of them if the file is shorter. */
export function readFrom(fd: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size);
  return bytes.subarray(0, readInto(fd, bytes, 0));
}

/** Reads from `position` until `bytes` is full or the file ends. Returns the number of bytes read. */
export function readInto(fd: number, bytes: Uint8Array, position: number): number {
  let length = 0;
  while (length < bytes.byteLength) {
    const read = readSync(fd, bytes, length, bytes.byteLength - length, position + length);
    if (read === 0) break;
    length += read;
  }
  return length;
}

/** Renames a file. Returns false if `from`, or the directory of `to`, does not exist. */
export function move(from: EntryPath, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Unlinks a file. Returns false if it does not exist. */
export function remove(path: EntryPath): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** True if `path` names anything, a dangling link included. */
export function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Returns the number of bytes that an unprivileged user may still write. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}
