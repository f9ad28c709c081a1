import { formatBytes } from "@gvpie/app-common";
import { closeSync, fstatSync, openSync, readSync, statSync, type Stats } from "node:fs";
import { foreignEncoding } from "./encoding.ts";
import { CommandError } from "./errors.ts";
import { systemError } from "./system-error.ts";
import { whenReady } from "./when-ready.ts";

/** Maximum size of a program, the same as the hard limit of the file socket. */
const MAX_PROGRAM_BYTES = 64 * 2 ** 20;
/** Maximum size of a PNG. */
const MAX_PNG_BYTES = 80 * 2 ** 20;

const CHUNK_BYTES = 64 * 1024;
const STDIN = 0;
const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** The name of a file argument in messages. */
export function inputName(path: string): string {
  if (path === "") return '""';
  return path === "-" ? "stdin" : path;
}

/** Files that were read as inputs, by device and inode. */
const inputs = new Set<string>();

/** True if the command has read this file as an input. */
export function wasRead(file: Stats): boolean {
  return inputs.has(identityOf(file));
}

/** Makes {@link wasRead} true for a file that another package has read for the command. */
export function noteInput(path: string): void {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file?.isFile() === true) inputs.add(identityOf(file));
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

/** True if the path exists, as a file of any type. */
export function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/**
 * Reads a program's source text from a file or, for `-`, from stdin.
 *
 * @throws {CommandError} if it cannot be read, is too large, is a PNG, or is not UTF-8.
 */
export function readProgram(path: string): string {
  const bytes = readBytes(path, MAX_PROGRAM_BYTES);
  if (isPng(bytes)) {
    throw new CommandError(
      "NOT_A_PROGRAM",
      `expected the source text of a program, got a PNG: ${inputName(path)}`,
    );
  }
  return decodeProgram(bytes, path);
}

/** Reads UTF-8 text from a file or, for `-`, from stdin. @throws {CommandError} as {@link readProgram}. */
export function readText(path: string, limit: number): string {
  return decodeProgram(readBytes(path, limit), path);
}

/**
 * Reads bytes from a file or, for `-`, from stdin. The decoder checks that they are a PNG.
 *
 * @param isInput false if the command may write to the file although it reads it.
 */
export function readPng(path: string, isInput = true): Uint8Array {
  return readBytes(path, MAX_PNG_BYTES, isInput);
}

/** Reads a program or a PNG; the PNG signature distinguishes them. */
export function readProgramOrPng(path: string): { source: string } | { png: Uint8Array } {
  const bytes = readBytes(path, MAX_PNG_BYTES);
  return isPng(bytes) ? { png: bytes } : { source: decodeProgram(bytes, path) };
}

/**
 * Reads a short text from stdin.
 *
 * @throws {CommandError} if it cannot be read, or is larger than `limit` bytes.
 */
export function readStdin(limit: number): string {
  return new TextDecoder().decode(readBytes("-", limit));
}

function isPng(bytes: Uint8Array): boolean {
  return PNG_SIGNATURE.every((byte, i) => bytes[i] === byte);
}

function decodeProgram(bytes: Uint8Array, path: string): string {
  const encoding = foreignEncoding(bytes);
  if (encoding === undefined) return new TextDecoder().decode(bytes);
  const { found, iconv } = encoding;
  const remedy = iconv === undefined ? "" : `; convert it with iconv -f ${iconv} -t UTF-8`;
  throw new CommandError(
    "NOT_UTF8",
    `${inputName(path)} is not UTF-8 text: expected UTF-8, got ${found}${remedy}`,
  );
}

function readBytes(path: string, limit: number, isInput = true): Uint8Array {
  try {
    const fd = path === "-" ? STDIN : openSync(path, "r");
    try {
      const file = fstatSync(fd);
      if (file.isFile() && isInput) inputs.add(identityOf(file));
      if (file.size > limit) throw tooLarge(path, limit);
      return readToEnd(fd, path, limit);
    } finally {
      if (fd !== STDIN) closeSync(fd);
    }
  } catch (error) {
    throw systemError(error, "READ_FAILED", `cannot read ${inputName(path)}`);
  }
}

/** Checks the limit while reading, because pipes and devices report no size. */
function readToEnd(fd: number, path: string, limit: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const length = whenReady(() => readSync(fd, chunk));
    if (length === 0) return Buffer.concat(chunks, total);
    total += length;
    if (total > limit) throw tooLarge(path, limit);
    chunks.push(chunk.subarray(0, length));
  }
}

function tooLarge(path: string, limit: number): CommandError {
  return new CommandError("TOO_LARGE", `${inputName(path)} is larger than ${formatBytes(limit)}`);
}
