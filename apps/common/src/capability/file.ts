import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  statSync,
  type Stats,
} from "node:fs";
import { replaceableAncestor } from "@gvpie/file-socket/process";
import { CapabilityFileError } from "./errors.ts";

const { O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const GROUP_AND_OTHERS = 0o077;
const WRITABLE_BY_OTHERS = 0o022;
const MAX_ATTEMPTS = 100;

/**
 * Protection that a file must have. A `secret` file belongs to this user, and no other user has any access. A `trusted` one belongs to
 * this user or to root, and no other user can change it. An `open` one may be any user's. Secret and trusted files have one hard link,
 * and no other user can replace them through a directory above.
 */
export type Protection = "secret" | "trusted" | "open";

export interface ReadTextOptions {
  /** Names the file in messages, such as "a private key". */
  readonly what: string;
  readonly protection: Protection;
  readonly maxBytes: number;
}

/**
 * Reads a text file; does not block if the path names a FIFO or a device.
 *
 * @param path absolute.
 * @throws {CapabilityFileError}
 */
export function readText(path: string, { what, protection, maxBytes }: ReadTextOptions): string {
  try {
    if (protection !== "open") requireIrreplaceable(path, what);
    // To open a device may have an effect, so the kind is known before; the descriptor is checked again.
    requireProtected(path, protection === "open" ? statSync(path) : lstatSync(path), what, protection);
    const follow = protection === "open" ? 0 : O_NOFOLLOW;
    const fd = openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | follow);
    try {
      requireProtected(path, fstatSync(fd), what, protection);
      return decode(path, readUpTo(fd, path, what, maxBytes), what);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw readError(path, what, error);
  }
}

function readError(path: string, what: string, error: unknown): unknown {
  const found = fileError(path, `cannot read ${what}`, error);
  if (!(found instanceof CapabilityFileError) || found.code !== "CAPFILE_MISSING") return found;
  const message = `expected ${what}, got no file; check the path`;
  return new CapabilityFileError("CAPFILE_MISSING", path, message, { cause: error });
}

/** @throws {CapabilityFileError} if another user could put a different file at `path`. */
export function requireIrreplaceable(path: string, what: string): void {
  const problem = replaceableAncestor(path);
  if (problem === undefined) return;
  const message = `expected ${what} that no other user can replace, got one that can be: ${problem}`;
  throw new CapabilityFileError("CAPFILE_UNSAFE", path, message);
}

/** @throws {CapabilityFileError} `CAPFILE_UNSAFE` */
export function requireProtected(path: string, stats: Stats, what: string, protection: Protection): void {
  const problem = problemOf(stats, protection);
  if (problem === undefined) return;
  throw new CapabilityFileError("CAPFILE_UNSAFE", path, `expected ${what} in ${problem}`);
}

function problemOf(stats: Stats, protection: Protection): string | undefined {
  if (stats.isSymbolicLink()) return "a regular file, got a symbolic link; name the file itself";
  if (!stats.isFile()) return `a regular file, got ${kindOf(stats)}; name another file`;
  const uid = process.geteuid?.();
  if (protection === "open" || uid === undefined) return undefined;
  if (stats.nlink > 1) return `a file with one name, got ${stats.nlink} hard links; make a copy and use it`;
  const mode = (stats.mode & 0o7777).toString(8);
  if (protection === "secret") {
    if (stats.uid !== uid) {
      return `a file of user ${uid}, got one of user ${stats.uid}; run chown ${uid} on it`;
    }
    if ((stats.mode & GROUP_AND_OTHERS) === 0) return undefined;
    return `a file that only its owner can use, got mode ${mode}; run chmod 600 on it`;
  }
  if (stats.uid !== uid && stats.uid !== 0) {
    return `a file of user ${uid} or root, got one of user ${stats.uid}; make a copy of your own and check it`;
  }
  if ((stats.mode & WRITABLE_BY_OTHERS) === 0) return undefined;
  return `a file that only its owner can change, got mode ${mode}; check its contents and run chmod go-w on it`;
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a directory";
  if (stats.isFIFO()) return "a FIFO";
  return stats.isSocket() ? "a socket" : "a device";
}

/** Reads until the file did not change in the meantime: another process may append to it. */
function readUpTo(fd: number, path: string, what: string, maxBytes: number): Uint8Array {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const { size, mtimeMs } = fstatSync(fd);
    if (size > maxBytes) {
      const message = `expected ${what} of at most ${maxBytes} bytes, got ${size}`;
      throw new CapabilityFileError("CAPFILE_INVALID", path, message);
    }
    const buffer = Buffer.alloc(size);
    const length = readAll(fd, buffer);
    const after = fstatSync(fd);
    if (length === size && after.size === size && after.mtimeMs === mtimeMs) return buffer;
  }
  const message = `expected ${what} that does not change while it is read, got one that does; try again`;
  throw new CapabilityFileError("CAPFILE_STORAGE", path, message);
}

function readAll(fd: number, buffer: Uint8Array): number {
  let length = 0;
  for (let read = 1; read > 0 && length < buffer.length; length += read) {
    read = readSync(fd, buffer, length, buffer.length - length, length);
  }
  return length;
}

function decode(path: string, bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new CapabilityFileError("CAPFILE_INVALID", path, `expected ${what} in UTF-8, got other bytes`, {
      cause: error,
    });
  }
}

/** Returns the error to throw for one that occurred while `path` was used. */
export function fileError(path: string, message: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ELOOP") {
    const link = "expected a regular file, got a symbolic link; name the file itself";
    return new CapabilityFileError("CAPFILE_UNSAFE", path, link, { cause: error });
  }
  const codes = { ENOENT: "CAPFILE_MISSING", EEXIST: "CAPFILE_EXISTS" } as const;
  const ours = code === "ENOENT" || code === "EEXIST" ? codes[code] : "CAPFILE_STORAGE";
  return new CapabilityFileError(ours, path, `${message}: ${error.message}`, { cause: error });
}
