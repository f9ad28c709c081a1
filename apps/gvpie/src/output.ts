import {
  closeSync,
  fstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  type Stats,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { CommandError, StdoutClosed } from "./errors.ts";
import { systemError } from "./system-error.ts";
import { whenReady } from "./when-ready.ts";

const STDOUT = 1;
const STDERR = 2;

/** Writes text to stdout. */
export function print(text: string): void {
  toStdout(new TextEncoder().encode(text));
}

/** Writes one JSON value, indented, to stdout. */
export function printJson(value: unknown): void {
  print(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Writes a message, never data, to stderr. A closed stderr is ignored. */
export function say(text: string): void {
  try {
    writeAll(STDERR, new TextEncoder().encode(`${text}\n`));
  } catch {
    // The reader closed stderr.
  }
}

/**
 * Writes binary data to stdout.
 *
 * @throws {CommandError} if stdout is a terminal.
 */
export function printBinary(bytes: Uint8Array): void {
  // Loaded on demand, because loading it takes as long as rendering a picture.
  const { isatty } = process.getBuiltinModule("node:tty");
  if (isatty(STDOUT)) {
    throw new CommandError(
      "STDOUT_IS_TERMINAL",
      "refusing to write binary data to a terminal; redirect it, or name a file with -o",
    );
  }
  toStdout(bytes);
}

function toStdout(bytes: Uint8Array): void {
  try {
    writeAll(STDOUT, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPIPE") {
      throw new StdoutClosed("stdout was closed", { cause: error });
    }
    throw systemError(error, "WRITE_FAILED", "cannot write to stdout");
  }
}

/**
 * Writes a file atomically: to a temporary file in the same directory, which is then renamed. Symbolic links are
 * followed; devices and pipes are written to directly.
 *
 * @throws {CommandError} if the file cannot be written, or is one of `inputs`.
 */
export function writeFileAtomically(path: string, bytes: Uint8Array, inputs: readonly string[] = []): void {
  try {
    const existing = statSync(path, { throwIfNoEntry: false });
    if (existing === undefined) return replaceFile(path, bytes, 0o666);
    for (const input of inputs) if (input !== "-") refuseSameFile(path, existing, input);
    if (existing.isFile()) return replaceFile(realpathSync(path), bytes, existing.mode & 0o777);
    const fd = openSync(path, "w");
    try {
      writeAll(fd, bytes);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw systemError(error, "WRITE_FAILED", `cannot write ${path}`);
  }
}

function refuseSameFile(path: string, existing: Stats, input: string): void {
  const source = statSync(input, { throwIfNoEntry: false });
  if (source?.ino === existing.ino && source.dev === existing.dev && existing.isFile()) {
    throw new CommandError("SAME_FILE", `${path} is the input file; name another file with -o`);
  }
}

function replaceFile(path: string, bytes: Uint8Array, mode: number): void {
  const unique = Math.random().toString(36).slice(2);
  const temporary = join(dirname(path), `.${basename(path).slice(0, 60)}.${unique}.tmp`);
  const fd = openSync(temporary, "wx", mode);
  try {
    try {
      writeAll(fd, bytes);
      const { size } = fstatSync(fd);
      if (size !== bytes.length) {
        throw new CommandError("WRITE_FAILED", `expected ${path} to hold ${bytes.length} bytes, got ${size}`);
      }
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  let offset = 0;
  while (offset < bytes.length) offset += whenReady(() => writeSync(fd, bytes, offset));
}
