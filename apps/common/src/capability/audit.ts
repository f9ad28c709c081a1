import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  writeSync,
} from "node:fs";
import { resolve } from "node:path";
import { printableJson } from "../printable.ts";
import { rotate } from "./audit-rotation.ts";
import { CapabilityFileError } from "./errors.ts";
import { fileError, requireIrreplaceable, requireProtected } from "./file.ts";

const WHAT = "an audit file";
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
/** A longer text of a record is cut. */
const MAX_CHARACTERS = 1024;
/** Every record starts with it. */
const START = '{"time":"';

/** An event to record: the refusal of a request, or the first use of a capability. */
export interface AuditEntry {
  readonly type: "refused" | "first-use";
  /** The door: `slot` and `spool` of the renderer, or `run` of a script. */
  readonly via: "slot" | "spool" | "run";
  /** Of the refusal. */
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  /** Id of the request or the run. */
  readonly id?: string | undefined;
  /** Name of the client or the script. */
  readonly client?: string | undefined;
  /** The verified capability, if there was one. */
  readonly capability?:
    | {
        readonly blocks: readonly { readonly id: string }[];
        readonly limits?: { readonly purpose?: string | undefined };
      }
    | undefined;
}

export interface AuditOptions {
  /** The file is rotated before it grows beyond this size. Default: 8 MiB. */
  readonly maxBytes?: number | undefined;
  /** Files `path.1`, `path.2`, … that are kept. Default: 4. */
  readonly keep?: number | undefined;
  /** Called with the first of several failures in a row, and with undefined when records are written again. */
  readonly onFailure?: ((error: Error | undefined) => void) | undefined;
}

/** A file of audit records. Several processes may write to one. */
export interface Audit {
  /** Appends a record as one line of JSON. It never throws: a record that cannot be written is lost, and the failure reported. */
  write(entry: AuditEntry): void;
  close(): void;
}

/**
 * Opens an audit file for appending, and creates it with mode 0600 if it is missing.
 *
 * @throws {CapabilityFileError} if the file cannot be opened, or if another user can write to it or replace it.
 */
export function openAudit(path: string, options: AuditOptions = {}): Audit {
  const { maxBytes = 8 * 1024 * 1024, keep = 4, onFailure } = options;
  const file = resolve(path);
  let open: OpenFile | undefined = openFile(file);
  let hasFailed = false;

  function append(line: Buffer): void {
    let stats = lstatSync(file, { throwIfNoEntry: false });
    // Another process may have rotated the file, or an administrator moved it.
    if (open === undefined || stats === undefined || !isSame(stats, open)) {
      open = reopen();
      // By the descriptor: meanwhile, another process may have rotated the file again.
      stats = fstatSync(open.fd);
    }
    if (
      stats.size > 0 &&
      stats.size + line.length > maxBytes &&
      rotate(file, { maxBytes: maxBytes - line.length, keep })
    ) {
      open = reopen();
    }
    writeLine(open, line);
  }

  function reopen(): OpenFile {
    if (open !== undefined) closeSync(open.fd);
    open = undefined;
    return openFile(file);
  }

  return {
    write: (entry) => {
      try {
        append(Buffer.from(lineOf(entry)));
        if (hasFailed) onFailure?.(undefined);
        hasFailed = false;
      } catch (error) {
        if (!hasFailed) onFailure?.(asError(fileError(file, "cannot write an audit record", error)));
        hasFailed = true;
      }
    },
    close: () => {
      if (open !== undefined) closeSync(open.fd);
      open = undefined;
    },
  };
}

interface OpenFile {
  readonly fd: number;
  readonly dev: number;
  readonly ino: number;
  /** True if the file ends within a line. */
  isTorn: boolean;
}

function openFile(file: string): OpenFile {
  try {
    requireIrreplaceable(file, WHAT);
    const fd = openSync(file, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    try {
      const stats = fstatSync(fd);
      requireProtected(file, stats, WHAT, "secret");
      requireAudit(file, fd);
      return { fd, dev: stats.dev, ino: stats.ino, isTorn: isTorn(fd, stats.size) };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  } catch (error) {
    throw fileError(file, `cannot open ${WHAT}`, error);
  }
}

/**
 * Appending to another file, such as a private key, would destroy it.
 *
 * @throws {CapabilityFileError} if the file has contents that no audit begins with.
 */
function requireAudit(file: string, fd: number): void {
  const start = Buffer.alloc(START.length);
  const [line = ""] = start.toString("latin1", 0, readSync(fd, start, 0, start.length, 0)).split("\n", 1);
  // A full disk may have cut the first record.
  if (START.startsWith(line)) return;
  const message = "expected an audit file or a new one, got a file with other contents; name another file";
  throw new CapabilityFileError("CAPFILE_INVALID", file, message);
}

/** A process may have died, or the disk may have been full, while it wrote. */
function isTorn(fd: number, size: number): boolean {
  const last = Buffer.alloc(1);
  return size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
}

/** One write, which the kernel keeps apart from those of other processes. */
function writeLine(open: OpenFile, line: Buffer): void {
  const bytes = open.isTorn ? Buffer.concat([Buffer.from("\n"), line]) : line;
  const written = writeSync(open.fd, bytes);
  if (written > 0) open.isTorn = written < bytes.length;
  if (written < bytes.length) {
    throw Object.assign(new Error("ENOSPC: the disk is full"), { code: "ENOSPC", syscall: "write" });
  }
}

/** `time` comes first: the reader finds the start of a record by it after a torn one. */
function lineOf({ type, via, code, message, id, client, capability }: AuditEntry): string {
  const record = {
    time: new Date().toISOString(),
    type,
    via,
    code,
    message,
    id,
    client,
    root: capability?.blocks[0]?.id,
    leaf: capability?.blocks.at(-1)?.id,
    purpose: capability?.limits?.purpose,
  };
  const json = JSON.stringify(record, (_key, value: unknown) =>
    typeof value === "string" ? cut(value) : value,
  );
  return `${printableJson(json)}\n`;
}

function cut(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}

function isSame(stats: Stats, open: OpenFile): boolean {
  return stats.ino === open.ino && stats.dev === open.dev;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
