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
import { printableJson, printableLines } from "@gvpie/app-common";
import { CommandError, StdoutClosed } from "./errors.ts";
import { systemError } from "./system-error.ts";
import { TerminalText } from "./terminal-text.ts";
import { whenReady } from "./when-ready.ts";

const STDOUT = 1;
const STDERR = 2;

/** Writes text to stdout. A string is escaped, except for its line feeds and tabs. */
export function print(text: string | TerminalText): void {
  toStdout(new TextEncoder().encode(escaped(text)));
}

/**
 * Writes source text to stdout: to a terminal as `print` does, to a file or a pipe unchanged, because there it is data.
 */
export function printSource(text: string): void {
  print(isTerminal(STDOUT) ? text : TerminalText.trust(text));
}

/**
 * Writes one JSON value, indented, to stdout. Unsafe characters in its strings are written as `\u` escapes; a bigint becomes a
 * number with all its digits.
 */
export function printJson(value: unknown): void {
  // The type library does not know JSON.rawJSON yet.
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  const exact = (_: string, one: unknown): unknown => (typeof one === "bigint" ? rawJSON(`${one}`) : one);
  print(TerminalText.trust(`${printableJson(JSON.stringify(value, exact, 2))}\n`));
}

/** Writes a message, never data, to stderr, escaped like `print`. A closed stderr is ignored. */
export function say(text: string | TerminalText): void {
  try {
    writeAll(STDERR, new TextEncoder().encode(`${escaped(text)}\n`));
  } catch {
    // The reader closed stderr.
  }
}

function escaped(text: string | TerminalText): string {
  return text instanceof TerminalText ? text.text : printableLines(text);
}

function isTerminal(fd: number): boolean {
  // Loaded on demand, because loading it takes as long as rendering a picture.
  return process.getBuiltinModule("node:tty").isatty(fd);
}

/**
 * Writes binary data to stdout.
 *
 * @throws {CommandError} if stdout is a terminal.
 */
export function printBinary(bytes: Uint8Array): void {
  if (isTerminal(STDOUT)) {
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
