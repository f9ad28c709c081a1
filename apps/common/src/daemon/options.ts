import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { writeFileSync } from "node:fs";
import { nonUtf8Argument } from "../arguments.ts";
import { printable } from "../printable.ts";
import { ExitCode } from "./exit-code.ts";
import { LOG_FORMATS, LOG_LEVELS, type LogOptions } from "./log.ts";

const STDOUT = 1;
/** Code of an error of `printNow`. */
const CLOSED = "gvpie.stdout";

/** Values of the options that `addLogOptions` adds. */
export interface LogFlags {
  readonly logLevel: LogOptions["level"];
  readonly logFormat: LogOptions["format"];
}

/** @param summary of the command, a sentence in the imperative. */
export function createCommand(name: string, summary: string, version: string): Command {
  return (
    new Command(name)
      .description(summary)
      .version(version, "-V, --version", "print the version")
      .helpOption("-h, --help", "print this help")
      .allowExcessArguments(false)
      // Errors repeat arguments.
      .configureOutput({ writeOut: printNow, outputError: (text, write) => write(printableError(text)) })
      .exitOverride()
  );
}

/** Writes help or the version to stdout; the process exits with 1 if that fails. */
function printNow(text: string): void {
  try {
    writeFileSync(STDOUT, text);
  } catch (error) {
    throw new CommanderError(ExitCode.failed, CLOSED, `cannot write to stdout: ${String(error)}`);
  }
}

/** Escapes a message as one line; a suggestion at its end keeps its own. */
function printableError(text: string): string {
  return `${printable(text.trimEnd()).replace(/\u240a(\(Did you mean .*\?\))$/, "\n$1")}\n`;
}

/** @param formatted the output that `--log-format` applies to, as shown in help. */
export function addLogOptions(command: Command, formatted: string): void {
  command
    .addOption(
      new Option(
        "--log-level <level>",
        "least severe message to log; debug adds each reply and each retry; silent turns all output off",
      )
        .choices(LOG_LEVELS)
        .env("GVPIE_LOG_LEVEL")
        .default("info"),
    )
    .addOption(
      new Option("--log-format <format>", `format of ${formatted}`)
        .choices(LOG_FORMATS)
        .env("GVPIE_LOG_FORMAT")
        .default("pretty"),
    );
}

/** @param peer the processes that the directory is shared with. */
export function sharedDirectoryOption(peer: string): Option {
  return new Option("--dir <path>", `directory shared with ${peer}`)
    .env("GVPIE_DIR")
    .default("/tmp/gvpie")
    .argParser(parsePath);
}

/**
 * Makes `command` read flags over `GVPIE_…` variables over defaults. An empty variable counts as unset.
 *
 * @returns the exit code if there is nothing to start: help or version was printed, or the usage was wrong.
 */
export function parseOptions(command: Command, args: readonly string[]): number | undefined {
  for (const [name, value] of Object.entries(process.env)) {
    if (name.startsWith("GVPIE_") && value === "") delete process.env[name];
  }
  try {
    const damaged = nonUtf8Argument(args, process.env);
    if (damaged !== undefined) command.error(`error: ${damaged}`);
    command.parse(args, { from: "user" });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === ExitCode.failed && error.code === CLOSED) {
      process.stderr.write(`${error.message}\n`);
      return ExitCode.failed;
    }
    return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  }
}

export function parsePath(text: string): string {
  if (text === "") throw new InvalidArgumentError("Expected a path.");
  return text;
}

/** Returns a parser of decimal integers from `least`, default 1, to `most`. */
export function parseWholeNumber({
  least = 1,
  most,
}: {
  readonly least?: number;
  readonly most: number;
}): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}
