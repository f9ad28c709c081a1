import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { CapabilityFileError } from "./errors.ts";
import { fileError } from "./file.ts";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const CHUNK_BYTES = 64 * 1024;
/** More than the longest record. What is longer is not one. */
const MAX_LINE = 64 * 1024;
/** Every record starts with it, and no record contains it: a quotation mark inside a text is escaped. */
const START = '{"time":"';

/** A record of an audit file. */
export interface AuditLine {
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly type: string;
  readonly via: string;
  readonly code?: string;
  readonly message?: string;
  readonly id?: string;
  readonly client?: string;
  /** Id of the first block of the capability. */
  readonly root?: string;
  /** Id of the last block of the capability. */
  readonly leaf?: string;
  readonly purpose?: string;
}

/**
 * Yields the records of an audit file and its rotated files, the oldest first. Lines that are not complete records are skipped.
 *
 * @param keep rotated files to look for. Default: 9.
 * @throws {CapabilityFileError} if a file exists and cannot be read, or if none exists.
 */
export function* readAudit(
  path: string,
  { keep = 9 }: { readonly keep?: number } = {},
): Generator<AuditLine> {
  const file = resolve(path);
  const files = openAll(file, keep);
  try {
    for (const fd of files) {
      for (const line of linesOf(fd)) {
        const record = parse(line);
        if (record !== undefined) yield record;
      }
    }
  } finally {
    for (const fd of files) closeSync(fd);
  }
}

/** Returns the files, the oldest first. The newest is opened first, so that a rotation meanwhile hides none. */
function openAll(file: string, keep: number): readonly number[] {
  const files: number[] = [];
  const seen = new Set<string>();
  try {
    for (let number = 0; number <= keep; number++) {
      const fd = openIfPresent(number === 0 ? file : `${file}.${number}`);
      if (fd === undefined) continue;
      const { dev, ino } = fstatSync(fd);
      if (seen.has(`${dev} ${ino}`)) closeSync(fd);
      else files.unshift(fd);
      seen.add(`${dev} ${ino}`);
    }
  } catch (error) {
    for (const fd of files) closeSync(fd);
    throw error;
  }
  if (files.length > 0) return files;
  throw new CapabilityFileError("CAPFILE_MISSING", file, "expected an audit file, got none; check the path");
}

function openIfPresent(path: string): number | undefined {
  try {
    return openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(path, "cannot read an audit file", error);
  }
}

function* linesOf(fd: number): Generator<string> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for (;;) {
    const length = readSync(fd, chunk, 0, chunk.length, null);
    if (length === 0) break;
    const lines = (rest + decoder.write(chunk.subarray(0, length))).split("\n");
    rest = (lines.pop() ?? "").slice(-MAX_LINE);
    yield* lines;
  }
  yield rest;
}

function parse(line: string): AuditLine | undefined {
  const start = line.lastIndexOf(START);
  if (start < 0) return undefined;
  try {
    return JSON.parse(line.slice(start)) as AuditLine;
  } catch {
    return undefined;
  }
}
