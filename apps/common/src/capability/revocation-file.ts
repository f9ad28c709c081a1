import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { resolve } from "node:path";
import { printable } from "../printable.ts";
import { CapabilityFileError } from "./errors.ts";
import { fileError, readText, requireIrreplaceable, requireProtected } from "./file.ts";

const WHAT = "a list of revoked blocks";
/** About 95,000 ids. */
const MAX_BYTES = 4 * 1024 * 1024;
/** SHA-256 in base64url: the last character has two bits that must be zero. */
const BLOCK_ID = /^[\w-]{42}[AEIMQUYcgkosw048]$/;
const MAX_QUOTED = 60;
/** Reads of a file that ends within a line, and the milliseconds between them. */
const MAX_ATTEMPTS = 25;
const PAUSE_MS = 4;

/** The contents of a file of revocations. */
export interface RevocationList {
  readonly ids: ReadonlySet<string>;
  /** True if the file has no byte: what a write that failed leaves. */
  readonly isBlank: boolean;
}

/**
 * Reads the ids of revoked blocks: one a line; `#` starts a comment. The file must belong to this user or to root, and no other
 * user may be able to change it or replace it.
 *
 * @throws {CapabilityFileError}
 */
export function readRevocations(path: string): RevocationList {
  const file = resolve(path);
  for (let attempt = 1; ; attempt++) {
    const text = readText(file, { what: WHAT, protection: "trusted", maxBytes: MAX_BYTES });
    const ids = new Set<string>();
    const lines = text.split("\n");
    const bad = lines.findIndex((line) => !addId(ids, line));
    if (bad < 0) return { ids, isBlank: text === "" };
    // While another process appends a line, the file may end within it for a moment: where a page of memory ends.
    const isCut = bad === lines.length - 1;
    if (!isCut || attempt === MAX_ATTEMPTS) throw badLine(file, bad + 1, idIn(lines[bad] ?? ""));
    pause(PAUSE_MS);
  }
}

/** Adds the id in a line, if it has one. Returns false for a text that is not an id. */
function addId(ids: Set<string>, line: string): boolean {
  const id = idIn(line);
  if (id === "") return true;
  if (!BLOCK_ID.test(id)) return false;
  ids.add(id);
  return true;
}

function idIn(line: string): string {
  return line.replace(/#.*/s, "").trim();
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/**
 * Adds the id of a block to a file of revocations, which is created with mode 0644 if it is missing. Several processes may add
 * ids at the same time.
 *
 * @param note one line that explains the revocation.
 * @returns false if the file had the id before.
 * @throws {CapabilityFileError} Then the id is not in force: for example, if the file has a line that is not an id.
 */
export function addRevocation(path: string, id: string, note?: string): boolean {
  const file = resolve(path);
  if (!BLOCK_ID.test(id)) {
    throw new TypeError(`expected the id of a block, 43 characters of base64url, got ${quote(id)}`);
  }
  if (readIfPresent(file)?.ids.has(id) === true) return false;
  const comment = note === undefined ? "" : ` # ${printable(note)}`;
  try {
    requireIrreplaceable(file, WHAT);
    append(file, `${id}${comment}\n`);
  } catch (error) {
    throw fileError(file, `cannot write ${WHAT}`, error);
  }
  return true;
}

function readIfPresent(file: string): RevocationList | undefined {
  return lstatSync(file, { throwIfNoEntry: false }) === undefined ? undefined : readRevocations(file);
}

/** One write at the end of the file, which the kernel keeps apart from those of other processes. */
function append(file: string, line: string): void {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
  const fd = openSync(file, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644);
  try {
    const stats = fstatSync(fd);
    requireProtected(file, stats, WHAT, "trusted");
    const bytes = Buffer.from(endsLine(fd, stats.size) ? line : `\n${line}`);
    const written = writeSync(fd, bytes);
    if (written < bytes.length) {
      // A part of a line would make the whole file invalid.
      if (fstatSync(fd).size === stats.size + written) ftruncateSync(fd, stats.size);
      throw Object.assign(new Error("ENOSPC: the disk is full"), { code: "ENOSPC", syscall: "write" });
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function endsLine(fd: number, size: number): boolean {
  const last = Buffer.alloc(1);
  return size === 0 || (readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === 0x0a);
}

function badLine(file: string, line: number, text: string): CapabilityFileError {
  const message = `expected the id of a block, 43 characters of base64url, or a comment, got ${quote(text)} in line ${line}`;
  return new CapabilityFileError("CAPFILE_INVALID", file, `${message}; correct the line`);
}

function quote(text: string): string {
  // A private key, whose file was named by mistake, must not get into a log.
  if (text.startsWith("{")) return "JSON";
  return JSON.stringify(printable(text.slice(0, MAX_QUOTED)));
}
