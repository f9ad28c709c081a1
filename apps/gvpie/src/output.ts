import { fstatSync, writeSync } from "node:fs";
import { printableJson, printableLines } from "@gvpie/app-common";
import { CommandError, StdoutClosed } from "./errors.ts";
import { wasRead } from "./input.ts";
import { systemError } from "./system-error.ts";
import { TerminalText } from "./terminal-text.ts";
import { whenReady } from "./when-ready.ts";

const STDOUT = 1;
const STDERR = 2;

let hideLine = (): void => {};

/** Registers the function that removes an unfinished line from the terminal; it is called before anything else is written. */
export function hideBeforeOutput(hide: () => void): void {
  hideLine = hide;
}

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
  print(TerminalText.trust(`${toJson(value)}\n`));
}

/** Writes one JSON value as one line; otherwise like {@link printJson}. */
export function printJsonLine(value: unknown): void {
  print(TerminalText.trust(`${toJson(value, 0)}\n`));
}

/**
 * Writes the items of all pages as one JSON array, in the form of {@link printJson}, page by page.
 *
 * @param around text before and after the array, in which it is indented by two spaces.
 */
export async function printJsonItems(
  pages: AsyncIterable<readonly unknown[]>,
  around?: readonly [before: string, after: string],
): Promise<void> {
  const [before, after] = around ?? ["", "\n"];
  const indent = around === undefined ? "" : "  ";
  let opening = `${before}[`;
  let isEmpty = true;
  for await (const page of pages) {
    for (const item of page) {
      print(TerminalText.trust(`${opening}\n${toJson(item).replaceAll(/^/gm, `${indent}  `)}`));
      opening = ",";
      isEmpty = false;
    }
  }
  print(isEmpty ? `${opening}]${after}` : `\n${indent}]${after}`);
}

function toJson(value: unknown, indent = 2): string {
  // The type library does not know JSON.rawJSON yet.
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  const exact = (_: string, one: unknown): unknown => (typeof one === "bigint" ? rawJSON(`${one}`) : one);
  return printableJson(JSON.stringify(value, exact, indent));
}

/** Writes a message, never data, to stderr, escaped like `print`. A closed stderr is ignored. */
export function say(text: string | TerminalText): void {
  hideLine();
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
 * @throws {CommandError} if stdout is a terminal, or a file that the command has read.
 */
export function printBinary(bytes: Uint8Array): void {
  refuseTerminal(STDOUT);
  if (wasRead(fstatSync(STDOUT))) {
    throw new CommandError(
      "SAME_FILE",
      "expected stdout to be another file than the input; redirect it to a new file",
    );
  }
  toStdout(bytes);
}

/** @throws {CommandError} if the descriptor is a terminal. */
export function refuseTerminal(fd: number): void {
  if (isTerminal(fd)) {
    throw new CommandError(
      "STDOUT_IS_TERMINAL",
      "refusing to write binary data to a terminal; redirect it, or name a file with -o",
    );
  }
}

function toStdout(bytes: Uint8Array): void {
  hideLine();
  try {
    writeAll(STDOUT, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPIPE") {
      throw new StdoutClosed("stdout was closed", { cause: error });
    }
    throw systemError(error, "WRITE_FAILED", "cannot write to stdout");
  }
}

/** Writes all bytes, at the descriptor's position or at `position`. */
export function writeAll(fd: number, bytes: Uint8Array, position?: number): void {
  for (let offset = 0; offset < bytes.length;) {
    const from = offset;
    const at = position === undefined ? null : position + from;
    offset += whenReady(() => writeSync(fd, bytes, from, bytes.length - from, at));
  }
}
