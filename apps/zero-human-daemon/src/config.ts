import { readVersion } from "@gvpie/app-common";
import {
  addLogOptions,
  createCommand,
  parseOptions,
  parsePath,
  parseWholeNumber,
  sharedDirectoryOption,
  type LogFlags,
  type LogOptions,
} from "@gvpie/app-common/daemon";
import { InvalidArgumentError, Option } from "commander";

export const SAVE_MODES = ["changed", "always"] as const;

const MAX_INTERVAL_SECONDS = 31_536_000;
const MAX_CONCURRENCY = 64;

/** The settings of one start: flags over environment over defaults. */
export interface Config {
  /** Database file. */
  readonly db: string;
  /** Directory that cartridges are written to. */
  readonly cartridges: string;
  readonly save: (typeof SAVE_MODES)[number];
  /** Directory of the renderer that `gvpie` scripts use. */
  readonly dir: string;
  readonly intervalMs: number;
  readonly once: boolean;
  readonly concurrency: number;
  /** True if `python` scripts run, in their sandbox. */
  readonly python: boolean;
  readonly log: LogOptions;
}

interface Flags
  extends LogFlags, Pick<Config, "db" | "cartridges" | "save" | "dir" | "once" | "concurrency" | "python"> {
  /** Seconds. */
  readonly interval: number;
}

/** @returns the exit code if there is nothing to start. */
export function readConfig(args: readonly string[]): Config | number {
  const command = createCommand(
    "zero-human-daemon",
    "Run the scripts of a database periodically, and save the pictures they draw as cartridges.",
    readVersion(import.meta.dirname),
  )
    .addOption(
      new Option("--db <file>", "database file; created if missing")
        .env("GVPIE_DB")
        .default("db/daemon.db")
        .argParser(parsePath),
    )
    .addOption(
      new Option("--cartridges <dir>", "directory to write cartridges to; created if missing")
        .env("GVPIE_CARTRIDGES")
        .default("cartridges")
        .argParser(parsePath),
    )
    .addOption(
      new Option("--save <when>", "write a cartridge when the picture changed, or for every run")
        .choices(SAVE_MODES)
        .env("GVPIE_SAVE")
        .default("changed"),
    )
    .addOption(sharedDirectoryOption("gvpie-daemon"))
    .addOption(
      new Option("--interval <seconds>", "time between two starts of a script")
        .env("GVPIE_INTERVAL")
        .default(10)
        .argParser(parseSeconds),
    )
    .addOption(
      new Option("--once", "run every enabled script once and exit; exit code 1 if any run failed").env(
        "GVPIE_ONCE",
      ),
    )
    .addOption(
      new Option("--concurrency <n>", "maximum number of scripts running at once")
        .env("GVPIE_CONCURRENCY")
        .default(4)
        .argParser(parseWholeNumber(MAX_CONCURRENCY)),
    )
    .addOption(new Option("--python", "run python scripts, always in a sandbox").env("GVPIE_PYTHON"));
  addLogOptions(command, "the messages on stderr and of the runs on stdout");
  // `GVPIE_ONCE=0` counts as unset.
  for (const name of ["GVPIE_ONCE", "GVPIE_PYTHON"]) {
    if (process.env[name] === "0" || process.env[name] === "false") delete process.env[name];
  }
  const exitCode = parseOptions(command, args);
  if (exitCode !== undefined) return exitCode;
  const { interval, logLevel, logFormat, ...flags } = command.opts<Flags>();
  return {
    ...flags,
    once: flags.once === true,
    python: flags.python === true,
    intervalMs: Math.round(interval * 1000),
    log: { level: logLevel, format: logFormat },
  };
}

function parseSeconds(text: string): number {
  const value = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= MAX_INTERVAL_SECONDS)) {
    throw new InvalidArgumentError(`Expected seconds, such as 10 or 0.5, up to ${MAX_INTERVAL_SECONDS}.`);
  }
  return value;
}
