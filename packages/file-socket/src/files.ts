import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  statfsSync,
  unlinkSync,
  utimesSync,
  writevSync,
} from "node:fs";
import { errnoOf } from "./errors.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/**
 * Create `path` and write all of `chunks`. The caller renames it to where others look, so that nobody sees less.
 * Returns the open descriptor. On failure nothing is left behind.
 */
export function createWhole(path: string, chunks: readonly Uint8Array[]): number {
  const fd = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    let rest = chunks.filter((chunk) => chunk.byteLength > 0);
    let total = 0;
    while (rest.length > 0) {
      const written = writevSync(fd, rest);
      total += written;
      rest = after(rest, written);
    }
    // A full disk may also shorten silently, where the file system is not a local one.
    const { size } = fstatSync(fd);
    if (size !== total) throw shortWrite(path, total, size);
    return fd;
  } catch (error) {
    closeSync(fd);
    try {
      unlinkSync(path);
    } catch {
      // The first failure is the one to report.
    }
    throw error;
  }
}

function shortWrite(path: string, expected: number, found: number): Error {
  const message = `ENOSPC: wrote ${expected} bytes to ${path} and found ${found}`;
  return Object.assign(new Error(message), { code: "ENOSPC", syscall: "write" });
}

/** As {@link createWhole}, without keeping it open. */
export function writeWhole(path: string, chunks: readonly Uint8Array[]): void {
  closeSync(createWhole(path, chunks));
}

function after(chunks: readonly Uint8Array[], written: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = written;
  for (const chunk of chunks) {
    if (skip < chunk.byteLength) rest.push(chunk.subarray(skip));
    skip = Math.max(0, skip - chunk.byteLength);
  }
  return rest;
}

/** Why a file that someone else placed is not read. */
export type Oddity = "symbolic link" | "hard link" | "not a regular file" | "unreadable" | "too large";

/** An open regular file with exactly one name, or the reason why there is none. */
export type Opened =
  | { readonly fd: number; readonly stats: Stats }
  | { readonly odd: Oddity }
  | { readonly missing: true };

/** Open what someone else placed, without following links or waiting for a writer. */
export function openForeign(path: string, maxBytes: number): Opened {
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    switch (errnoOf(error)) {
      case "ENOENT":
        return { missing: true };
      case "ELOOP":
        return { odd: "symbolic link" };
      case "ENXIO":
        return { odd: "not a regular file" };
      case "EACCES":
        if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return { odd: "unreadable" };
        throw error;
      default:
        throw error;
    }
  }
  const stats = fstatSync(fd);
  const odd = oddity(stats, maxBytes);
  if (odd === undefined) return { fd, stats };
  closeSync(fd);
  return odd === "gone" ? { missing: true } : { odd };
}

function oddity(stats: Stats, maxBytes: number): Oddity | "gone" | undefined {
  if (!stats.isFile()) return "not a regular file";
  if (stats.nlink === 0) return "gone";
  if (stats.nlink > 1) return "hard link";
  return stats.size > maxBytes ? "too large" : undefined;
}

/** Up to `size` bytes from the beginning of `fd`; fewer where the file is shorter. */
export function readFrom(fd: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < size) {
    const read = readSync(fd, bytes, length, size - length, length);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

/** Rename; false when `from` is missing, or the directory of `to`. */
export function move(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Unlink; false when there was nothing. */
export function discard(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}

export function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Set both times to now; false when there is nothing. */
export function touch(path: string, seconds: number): boolean {
  try {
    utimesSync(path, seconds, seconds);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Bytes that an ordinary user may still write. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}
