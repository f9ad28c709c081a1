import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { FileSocketError } from "../errors.ts";
import { replaceableAncestor } from "../fs/ancestors.ts";
import { errnoOf } from "../fs/errno.ts";
import { remove, writeFile } from "../fs/files.ts";
import { failpoint } from "../process/failpoint.ts";
import { type Lock, takeLock } from "./lock.ts";
import type { ProofName } from "./replay-memory.ts";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
const MODE = 0o600;
/** A longer file is rewritten without the lines that are no longer needed. */
const COMPACT_BYTES = 1_048_576;
const CHUNK_BYTES = 65_536;
const LINE = /^([0-9]{1,16}) ([0-9A-Za-z_-]{1,64}) ([0-9A-Z]{26})$/;

/**
 * The answered requests with a capability, one line each: end of the proof, id of the capability's last block, id of the
 * request. Lines are appended. What cannot be written is kept and written before the next line. One server has the file: a
 * request would be answered once by each server with the same key.
 */
export class AnsweredFile {
  readonly #path: string;
  readonly #lock: Lock;
  #fd: number;
  #bytes: number;
  /** The size from which the next {@link compactIfLarge} rewrites the file. */
  #compactAt = COMPACT_BYTES;
  #unwritten = Buffer.alloc(0);

  /** @throws {FileSocketError} `FSOCK_LOCKED`, `FSOCK_UNSAFE_DIR`, `FSOCK_STORAGE` */
  constructor(path: string) {
    this.#path = resolve(path);
    const { fd, size } = open(this.#path);
    try {
      this.#lock = lock(this.#path);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.#fd = fd;
    this.#bytes = size;
  }

  get isWritable(): boolean {
    return this.#unwritten.length === 0;
  }

  /** Calls `found` for each line. Other lines, such as one that a full disk has cut, are skipped. */
  read(found: (proof: ProofName) => void): void {
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    let rest = "";
    for (let position = 0; ;) {
      const length = readSync(this.#fd, chunk, 0, chunk.length, position);
      if (length === 0) break;
      position += length;
      const lines = (rest + chunk.toString("latin1", 0, length)).split("\n");
      // A line is short: what has no end is not ours.
      rest = (lines.pop() ?? "").slice(0, CHUNK_BYTES);
      for (const line of lines) {
        const [, expiresAt, leaf, id] = LINE.exec(line) ?? [];
        if (leaf !== undefined && id !== undefined) found({ expiresAt: Number(expiresAt), leaf, id });
      }
    }
    if (rest !== "") this.#unwritten = Buffer.from("\n");
  }

  append({ expiresAt, leaf, id }: ProofName): void {
    const line = Buffer.from(`${expiresAt} ${leaf} ${id}\n`, "latin1");
    if (this.#unwritten.length < COMPACT_BYTES) this.#unwritten = Buffer.concat([this.#unwritten, line]);
    failpoint("file-socket/answered/before-append");
    this.retry();
    failpoint("file-socket/answered/after-append");
  }

  /** Writes what could not be written. */
  retry(): void {
    try {
      while (this.#unwritten.length > 0) {
        const written = writeSync(this.#fd, this.#unwritten);
        this.#unwritten = this.#unwritten.subarray(written);
        this.#bytes += written;
      }
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }

  /** Replaces a file above 1 MiB by one with these lines. Does nothing if that fails. */
  compactIfLarge(proofs: () => Iterable<ProofName>): void {
    if (this.#bytes <= this.#compactAt || !this.isWritable) return;
    const lines: string[] = [];
    for (const { expiresAt, leaf, id } of proofs()) lines.push(`${expiresAt} ${leaf} ${id}\n`);
    const staged = `${this.#path}.new`;
    try {
      remove(staged);
      writeFile(staged, [Buffer.from(lines.join(""), "latin1")]);
      failpoint("file-socket/answered/before-replace");
      renameSync(staged, this.#path);
      failpoint("file-socket/answered/after-replace");
      const { fd, size } = open(this.#path);
      closeSync(this.#fd);
      this.#fd = fd;
      this.#bytes = size;
    } catch (error) {
      if (errnoOf(error) === undefined && !(error instanceof FileSocketError)) throw error;
    }
    this.#compactAt = Math.max(COMPACT_BYTES, 2 * this.#bytes);
  }

  close(): void {
    closeSync(this.#fd);
    this.#lock.release();
  }
}

function lock(path: string): Lock {
  const file = `${path}.lock`;
  const held = `another server uses ${path}, so it has the same server key; make a key for each server, because a request to one could be answered by the other too`;
  return takeLock(file, { held, locked: `${path} (${file})`, file });
}

function open(path: string): { readonly fd: number; readonly size: number } {
  const replaceable = replaceableAncestor(path);
  if (replaceable !== undefined) throw unsafe(path, `one that another user could replace: ${replaceable}`);
  let fd: number;
  try {
    fd = openSync(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, MODE);
  } catch (cause) {
    const code = errnoOf(cause);
    if (code === "ELOOP") throw unsafe(path, "a symbolic link");
    if (code === "EISDIR") throw unsafe(path, "a directory");
    if (code === undefined) throw cause;
    const hints: Readonly<Record<string, string>> = {
      ENOENT: `; make the directory ${dirname(path)}`,
      EACCES: `; the server needs a directory that it can write in`,
      EROFS: `; the server needs a directory that it can write in`,
    };
    const hint = hints[code] ?? "";
    const message = `cannot open the file of answered requests ${path}: ${(cause as Error).message}${hint}`;
    throw new FileSocketError("FSOCK_STORAGE", message, { cause });
  }
  const stats = fstatSync(fd);
  const problem = problemOf(stats);
  if (problem !== undefined) {
    closeSync(fd);
    throw unsafe(path, problem);
  }
  // A new file under an unusual umask.
  if ((stats.mode & MODE) !== MODE) fchmodSync(fd, MODE);
  return { fd, size: stats.size };
}

function problemOf(stats: Stats): string | undefined {
  if (!stats.isFile()) return "another kind of file";
  const uid = process.geteuid?.();
  if (uid !== undefined && stats.uid !== uid) return `a file of user ${stats.uid}`;
  if (stats.nlink !== 1) return `a file with ${stats.nlink} names`;
  if ((stats.mode & 0o022) === 0) return undefined;
  return `a file that others can write (mode ${(stats.mode & 0o7777).toString(8)})`;
}

function unsafe(path: string, found: string): FileSocketError {
  const message = `expected ${path} to be a regular file of this user that no other user can write, got ${found}; remove it`;
  return new FileSocketError("FSOCK_UNSAFE_DIR", message);
}
