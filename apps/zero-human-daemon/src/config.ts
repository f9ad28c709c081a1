import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { LOG_FORMATS, LOG_LEVELS, type LogOptions } from "./log.ts";

export const SAVE_MODES = ["changed", "always"] as const;

const WRONG_USAGE = 2;
const MAX_INTERVAL_SECONDS = 31_536_000;
const MAX_CONCURRENCY = 64;

/** Everything a start decides, from flags over environment over defaults. */
export interface Config {
  /** Database file. */
  readonly db: string;
  /** Directory that takes the cartridges. */
  readonly cartridges: string;
  readonly save: (typeof SAVE_MODES)[number];
  /** Directory of the renderer that `gvpie` scripts use. */
  readonly dir: string;
  readonly intervalMs: number;
  readonly once: boolean;
  readonly concurrency: number;
  /** Whether `python` scripts run, in their sandbox. */
  readonly python: boolean;
  readonly log: LogOptions;
}

interface Flags extends Pick<
  Config,
  "db" | "cartridges" | "save" | "dir" | "once" | "concurrency" | "python"
> {
  /** Seconds. */
  readonly interval: number;
  readonly logLevel: LogOptions["level"];
  readonly logFormat: LogOptions["format"];
}

/**
 * Reads the command line and `GVPIE_…` variables.
 *
 * @returns the exit code where there is nothing to start: help or version was printed, or something was wrong.
 */
export function readConfig(args: readonly string[]): Config | number {
  const command = new Command("zero-human-daemon")
    .description("Runs the scripts of a database again and again, and saves what they draw as cartridges.")
    .version(readVersion())
    .addOption(
      new Option("--db <file>", "the database; made when missing")
        .env("GVPIE_DB")
        .default("db/daemon.db")
        .argParser(notEmpty),
    )
    .addOption(
      new Option("--cartridges <dir>", "where cartridges go; made when missing")
        .env("GVPIE_CARTRIDGES")
        .default("cartridges")
        .argParser(notEmpty),
    )
    .addOption(
      new Option("--save <when>", "write a cartridge where the picture changed, or for every run")
        .choices(SAVE_MODES)
        .env("GVPIE_SAVE")
        .default("changed"),
    )
    .addOption(
      new Option("--dir <path>", "directory shared with gvpie-daemon")
        .env("GVPIE_DIR")
        .default("/tmp/gvpie")
        .argParser(notEmpty),
    )
    .addOption(
      new Option("--interval <seconds>", "from one start of a script to its next")
        .env("GVPIE_INTERVAL")
        .default(10)
        .argParser(seconds),
    )
    .addOption(
      new Option("--once", "run every enabled script once, then end; 1 if any failed").env("GVPIE_ONCE"),
    )
    .addOption(
      new Option("--concurrency <n>", "scripts that run at once")
        .env("GVPIE_CONCURRENCY")
        .default(4)
        .argParser(count),
    )
    .addOption(new Option("--python", "run python scripts, in a sandbox or not at all").env("GVPIE_PYTHON"))
    .addOption(
      new Option("--log-level <level>", "least severe message")
        .choices(LOG_LEVELS)
        .env("GVPIE_LOG_LEVEL")
        .default("info"),
    )
    .addOption(
      new Option("--log-format <format>", "form of the messages on stderr and of the runs on stdout")
        .choices(LOG_FORMATS)
        .env("GVPIE_LOG_FORMAT")
        .default("pretty"),
    )
    .allowExcessArguments(false)
    .exitOverride();
  ignoreUnset(process.env);
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : WRONG_USAGE;
  }
  const { interval, logLevel, logFormat, ...flags } = command.opts<Flags>();
  return {
    ...flags,
    once: flags.once === true,
    python: flags.python === true,
    intervalMs: Math.round(interval * 1000),
    log: { level: logLevel, format: logFormat },
  };
}

function seconds(text: string): number {
  const value = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= MAX_INTERVAL_SECONDS)) {
    throw new InvalidArgumentError(`Expected seconds, such as 10 or 0.5, up to ${MAX_INTERVAL_SECONDS}.`);
  }
  return value;
}

function count(text: string): number {
  const value = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > MAX_CONCURRENCY) {
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${MAX_CONCURRENCY}.`);
  }
  return value;
}

/** An empty variable is no setting, and `GVPIE_ONCE=0` or `GVPIE_PYTHON=0` asks for nothing. */
function ignoreUnset(env: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith("GVPIE_") && value === "") delete env[name];
  }
  for (const name of ["GVPIE_ONCE", "GVPIE_PYTHON"]) {
    if (env[name] === "0" || env[name] === "false") delete env[name];
  }
}

function notEmpty(text: string): string {
  if (text === "") throw new InvalidArgumentError("Expected a path.");
  return text;
}

export function readVersion(): string {
  const url = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(url, "utf8")) as { version: string }).version;
}
