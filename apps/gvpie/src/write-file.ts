/**
 * Writes the files that a user names; README.md has the policy as a table.
 *
 * Another user may change the directory at any time. So each component of the path is opened by itself, relative to the
 * descriptor of the one before and without following links, and the type of the open file decides how it is written.
 */
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  type Stats,
} from "node:fs";
import { CommandError, UsageError } from "./errors.ts";
import { wasRead } from "./input.ts";
import { printBinary, refuseTerminal, writeAll } from "./output.ts";
import { systemError } from "./system-error.ts";

const {
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
} = constants;
/** A descriptor for lookups alone, for which a directory need not be readable. */
const O_PATH = process.platform === "linux" ? 0o10_000_000 : O_RDONLY;
const PROC_SUPER_MAGIC = 0x9f_a0;
/** As many symbolic links as Linux follows. */
const MAX_LINKS = 40;
const STDOUT = 1;
const STICKY = 0o1000;
const WRITABLE = 0o222;
const WRITABLE_BY_OTHERS = 0o022;
/** Larger files are written in place without a copy of their content. */
const MAX_BACKUP_BYTES = 256 * 2 ** 20;

export interface WriteOptions {
  /** True if the file may be one that the command has read, as for `format --write`. */
  readonly mayBeInput?: boolean;
}

/**
 * Writes a file. If it throws, an existing file has its old content, unless the message says otherwise.
 *
 * @throws {UsageError} if the path is empty.
 * @throws {CommandError} `WRITE_FAILED`; `FOREIGN_FILE` if another user may have prepared the path; `SAME_FILE` if the file
 *   is an input.
 */
export function writeFile(path: string, bytes: Uint8Array, { mayBeInput = false }: WriteOptions = {}): void {
  if (path === "") throw new UsageError('expected the name of a file to write, got ""');
  const failure = `cannot write ${path}`;
  try {
    const target = findTarget(path);
    if (typeof target !== "object") {
      writeThrough(target, bytes);
      return;
    }
    try {
      writeEntry(target, bytes, mayBeInput);
    } finally {
      closeSync(target.directory.fd);
    }
  } catch (error) {
    if (error instanceof Refusal) throw new CommandError(error.code, `${failure}: ${error.message}`);
    throw systemError(error, "WRITE_FAILED", failure);
  }
}

/** A reason of this file's own; `writeFile` adds the path. */
class Refusal extends Error {
  readonly code: string;

  constructor(message: string, code = "WRITE_FAILED") {
    super(message);
    this.code = code;
  }
}

/** An open directory. */
interface Directory {
  readonly fd: number;
  /** The path by which it was opened, for a system without `/proc`. */
  readonly path: string;
}

/** An entry of an open directory; it is not a symbolic link, and need not exist. */
interface Entry {
  readonly directory: Directory;
  readonly name: string;
}

/** Resolves a path. Returns a number for a descriptor of this process, and a path for one of another process. */
function findTarget(path: string): Entry | number | string {
  if (path.endsWith("/")) throw new Refusal("its name ends with a slash; name a file");
  let directory = openDirectory(path.startsWith("/") ? "/" : ".");
  const rest = components(path);
  try {
    for (let links = 0; ;) {
      const name = rest.pop() ?? ".";
      const isLast = rest.length === 0;
      const found = lstatSync(pathIn(directory, name), { throwIfNoEntry: !isLast });
      if (found?.isSymbolicLink()) {
        const descriptor = descriptorAt(directory, name);
        if (descriptor !== undefined) {
          closeSync(directory.fd);
          return descriptor;
        }
        refuseForeignLink(directory, name, found);
        links += 1;
        if (links > MAX_LINKS) throw new Refusal("too many symbolic links");
        const target = readlinkSync(pathIn(directory, name));
        rest.push(...components(target));
        if (target.startsWith("/")) directory = exchange(directory, openDirectory("/"));
      } else if (isLast) {
        return { directory, name };
      } else {
        const next = openDirectory(pathIn(directory, name), O_NOFOLLOW);
        directory = exchange(directory, { fd: next.fd, path: `${directory.path}/${name}` });
      }
    }
  } catch (error) {
    closeSync(directory.fd);
    throw error;
  }
}

/** The names in a path, the last one first. */
function components(path: string): string[] {
  return path
    .split("/")
    .filter((name) => name !== "" && name !== ".")
    .reverse();
}

function openDirectory(path: string, flags = 0): Directory {
  return { fd: openSync(path, O_PATH | O_DIRECTORY | flags), path };
}

function exchange(old: Directory, next: Directory): Directory {
  closeSync(old.fd);
  return next;
}

/** The path of an entry, through the descriptor of its directory where the system has such paths. */
function pathIn(directory: Directory, name: string): string {
  const throughDescriptor = `/proc/self/fd/${directory.fd}`;
  return `${existsSync(throughDescriptor) ? throughDescriptor : directory.path}/${name}`;
}

/** A link in a `/proc/PID/fd` is not a path: it stands for an open file. */
function descriptorAt(directory: Directory, name: string): number | string | undefined {
  if (!isProc(directory) || !/^\d+$/.test(name)) return undefined;
  const [, pid] =
    /^\/proc\/(\d+)(?:\/task\/\d+)?\/fd$/.exec(readlinkSync(`/proc/self/fd/${directory.fd}`)) ?? [];
  if (pid === undefined) return undefined;
  return pid === readlinkSync("/proc/self") ? Number(name) : `/proc/${pid}/fd/${name}`;
}

/** True for a directory of Linux's `/proc`, whose links the kernel makes. */
function isProc(directory: Directory): boolean {
  return process.platform === "linux" && statfsSync(pathIn(directory, ".")).type === PROC_SUPER_MAGIC;
}

function isTrusted({ uid }: Stats): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

function refuseForeignLink(directory: Directory, name: string, link: Stats): void {
  if (isTrusted(link) || isProc(directory)) return;
  throw new Refusal(
    `"${name}" is a symbolic link of another user (uid ${link.uid}), who can change its target; name the target itself`,
    "FOREIGN_FILE",
  );
}

/** Refuses a file that another user may have placed in a directory where this user did not expect it. */
function refuseForeignFile(directory: Directory, file: Stats): void {
  const owner = fstatSync(directory.fd);
  if (isTrusted(owner) && (owner.mode & WRITABLE_BY_OTHERS) === 0) return;
  if (file.isFile() && file.nlink > 1) {
    throw new Refusal(
      `it has ${file.nlink} names, and other users can add names to its directory; name another file, or remove it first`,
      "FOREIGN_FILE",
    );
  }
  const isForeign = file.uid !== process.geteuid?.() && file.uid !== owner.uid;
  if ((owner.mode & STICKY) !== 0 && isForeign && !file.isCharacterDevice()) {
    throw new Refusal(
      `it belongs to another user (uid ${file.uid}) in a directory that all users share; name another file`,
      "FOREIGN_FILE",
    );
  }
}

/** Writes to an open file of this or another process, at its position or, in another process, at its end. */
function writeThrough(descriptor: number | string, bytes: Uint8Array): void {
  if (descriptor === STDOUT) {
    printBinary(bytes);
    return;
  }
  const fd =
    typeof descriptor === "number" ? descriptor : openSync(descriptor, O_WRONLY | O_APPEND | O_NOCTTY);
  try {
    refuseTerminal(fd);
    writeAll(fd, bytes);
  } finally {
    if (typeof descriptor === "string") closeSync(fd);
  }
}

function writeEntry(entry: Entry, bytes: Uint8Array, mayBeInput: boolean): void {
  const { directory, name } = entry;
  const path = pathIn(directory, name);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    replaceFile(entry, undefined, bytes);
    return;
  }
  if (found.isDirectory()) throw new Refusal("it is a directory");
  if (found.isSocket()) throw new Refusal("it is a socket");
  if (found.isBlockDevice()) throw new Refusal("it is a block device");
  if (found.isFile() && !mayBeInput && wasRead(found)) {
    throw new Refusal("it is the input file; name another file with -o", "SAME_FILE");
  }
  refuseForeignFile(directory, found);
  // A FIFO waits for its reader, as it does for every writer.
  const fd = found.isFile() ? openFile(path, found) : openSync(path, O_WRONLY | O_NOFOLLOW | O_NOCTTY);
  try {
    const file = fstatSync(fd);
    refuseForeignFile(directory, file);
    if (file.isFile()) {
      writeFileEntry(entry, fd, file, bytes);
    } else {
      refuseTerminal(fd);
      writeAll(fd, bytes);
    }
  } finally {
    closeSync(fd);
  }
}

/** Opens an existing regular file for writing and, if it is allowed, for reading. */
function openFile(path: string, { mode }: Stats): number {
  // Root may write to any file. A file without any write permission is still not overwritten.
  if ((mode & WRITABLE) === 0) {
    throw new Refusal("it is read-only; allow writing with chmod u+w, or remove it first");
  }
  const flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  try {
    return openSync(path, O_RDWR | flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    return openSync(path, O_WRONLY | flags);
  }
}

function writeFileEntry(entry: Entry, fd: number, file: Stats, bytes: Uint8Array): void {
  const isOurs = file.uid === process.geteuid?.() && file.nlink === 1;
  if (!isOurs || !replaceFile(entry, fd, bytes)) writeInPlace(fd, file.size, bytes);
}

/** Errors of a full disk, which writing in place would not cure. */
const NO_SPACE = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EIO"]);

/**
 * Writes a temporary file and renames it to the entry.
 *
 * @param existing the open file to replace; undefined if there is none.
 * @returns false if there is an existing file and this is not possible; then nothing has changed.
 */
function replaceFile({ directory, name }: Entry, existing: number | undefined, bytes: Uint8Array): boolean {
  // A name of its own length: that of the entry may be as long as a name can be.
  const temporary = pathIn(directory, `.gvpie-${process.pid}-${Math.random().toString(36).slice(2, 12)}.tmp`);
  const path = pathIn(directory, name);
  let hasTemporary = false;
  try {
    const fd = openSync(
      temporary,
      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
      existing === undefined ? 0o666 : 0o600,
    );
    hasTemporary = true;
    try {
      if (existing !== undefined && !copyAttributes(existing, fd)) return false;
      writeAll(fd, bytes);
      const written = fstatSync(fd);
      if (written.size !== bytes.length) {
        throw new Refusal(`expected it to hold ${bytes.length} bytes, got ${written.size}`);
      }
      // Writing removes the set-group-ID bit.
      if (existing !== undefined) fchmodSync(fd, fstatSync(existing).mode & 0o7777);
      if (existing !== undefined && !isAt(path, fstatSync(existing))) throw new Refusal(REPLACED);
      if (!isAt(temporary, written)) throw new Refusal(REPLACED);
      renameSync(temporary, path);
      hasTemporary = false;
      if (!isAt(path, written)) throw new Refusal(REPLACED);
      return true;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (existing === undefined || error instanceof Refusal || NO_SPACE.has(code)) throw error;
    return false;
  } finally {
    if (hasTemporary) rmSync(temporary, { force: true });
  }
}

const REPLACED = "another process replaced it meanwhile; try again";

function isAt(path: string, { dev, ino }: Stats): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.dev === dev && found.ino === ino;
}

/** Copies owner, group, mode, ACL and extended attributes. Returns false if that is not possible. */
function copyAttributes(from: number, to: number): boolean {
  if (process.platform === "linux") {
    // Node has no calls for an ACL. Loaded on demand, because most files are new.
    const { spawnSync } = process.getBuiltinModule("node:child_process");
    const args = ["--attributes-only", "--preserve=all", "--", "/proc/self/fd/3", "/proc/self/fd/4"];
    const { status } = spawnSync("cp", args, { stdio: ["ignore", "ignore", "ignore", from, to] });
    if (status !== 0) return false;
  } else {
    fchmodSync(to, fstatSync(from).mode & 0o7777);
  }
  const [old, copy] = [fstatSync(from), fstatSync(to)];
  return old.uid === copy.uid && old.gid === copy.gid && old.mode === copy.mode;
}

/** Overwrites an open file. The part beyond its end is written first, because a full disk refuses only that part. */
function writeInPlace(fd: number, size: number, bytes: Uint8Array): void {
  const backup = readBackup(fd, size);
  try {
    if (bytes.length > size) writeAll(fd, bytes.subarray(size), size);
  } catch (error) {
    ftruncateSync(fd, size);
    throw error;
  }
  try {
    writeAll(fd, bytes.subarray(0, size), 0);
    ftruncateSync(fd, bytes.length);
  } catch (error) {
    restore(fd, backup, error);
    throw error;
  }
}

/** Returns the content of an open file; undefined if it is too large or may not be read. */
function readBackup(fd: number, size: number): Uint8Array | undefined {
  if (size > MAX_BACKUP_BYTES) return undefined;
  const content = new Uint8Array(size);
  try {
    for (let offset = 0; offset < size;) {
      const length = readSync(fd, content, offset, size - offset, offset);
      if (length === 0) return undefined;
      offset += length;
    }
  } catch {
    return undefined;
  }
  return content;
}

function restore(fd: number, backup: Uint8Array | undefined, cause: unknown): void {
  try {
    if (backup === undefined) throw new Error("no copy");
    writeAll(fd, backup, 0);
    ftruncateSync(fd, backup.length);
  } catch {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal(`${reason}; its old content is damaged`);
  }
}
