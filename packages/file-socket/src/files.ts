import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  opendirSync,
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
import { failpoint } from "./process/failpoint.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/**
 * Create `path` and write all of `chunks`. The caller renames it to where others look, so that nobody sees less.
 * Returns the open descriptor. On failure nothing is left behind.
 */
export function createWhole(path: string, chunks: readonly Uint8Array[]): number {
  failpoint("file-socket/file/before-create");
  const fd = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  failpoint("file-socket/file/after-create");
  try {
    fill(fd, path, chunks);
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

/**
 * Write all of `chunks` over the file at `path`, which nobody else uses any more: its memory, or its place on the disk,
 * need not be found again. False where that cannot be done; what is there then is of no use.
 */
export function overwriteWhole(path: string, chunks: readonly Uint8Array[]): boolean {
  let fd: number | undefined;
  try {
    fd = openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
    const stats = fstatSync(fd);
    // Nothing is written to a file that has another name.
    if (oddity(stats, Infinity) !== undefined) return false;
    const total = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    failpoint("file-socket/file/before-truncate");
    if (stats.size > total) ftruncateSync(fd, total);
    failpoint("file-socket/file/after-truncate");
    fill(fd, path, chunks);
    return true;
  } catch {
    return false;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function fill(fd: number, path: string, chunks: readonly Uint8Array[]): void {
  let rest = chunks.filter((chunk) => chunk.byteLength > 0);
  let total = 0;
  while (rest.length > 0) {
    failpoint("file-socket/file/before-write");
    const written = writevSync(fd, rest);
    total += written;
    rest = after(rest, written);
    failpoint("file-socket/file/after-write");
  }
  // A full disk may also shorten silently, where the file system is not a local one.
  const { size } = fstatSync(fd);
  if (size !== total) throw shortWrite(path, total, size);
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
  return bytes.subarray(0, readInto(fd, bytes, 0));
}

/** Read from `position` until `bytes` is full or the file ends; how many came. */
export function readInto(fd: number, bytes: Uint8Array, position: number): number {
  let length = 0;
  while (length < bytes.byteLength) {
    const read = readSync(fd, bytes, length, bytes.byteLength - length, position + length);
    if (read === 0) break;
    length += read;
  }
  return length;
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

/** The names in a directory, at most `limit` of them. */
export function listNames(path: string, limit: number): readonly string[] {
  const directory = opendirSync(path, { bufferSize: 64 });
  try {
    const names: string[] = [];
    while (names.length < limit) {
      const entry = directory.readSync();
      if (entry === null) break;
      names.push(entry.name);
    }
    return names;
  } finally {
    directory.closeSync();
  }
}

/** The same for a directory that may be gone, closed to us, or something else: then there are none. */
export function namesIn(path: string, limit: number): readonly string[] {
  try {
    return listNames(path, limit);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
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
