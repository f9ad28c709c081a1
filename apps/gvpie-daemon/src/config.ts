import { readFileSync } from "node:fs";
import { DEFAULT_LIMITS, HARD_LIMITS, type Limits } from "@gvpie/raster";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { LOG_FORMATS, LOG_LEVELS, type LogOptions } from "./log.ts";

export const BACKENDS = ["auto", "cpu", "webgpu"] as const;

/** Everything a start decides, from flags over environment over defaults. */
export interface Config {
  /** The directory that clients and server share. */
  readonly dir: string;
  readonly backend: (typeof BACKENDS)[number];
  /** Part of the WebGPU adapter's name; undefined for whichever is best. */
  readonly adapter: string | undefined;
  readonly limits: Pick<Limits, "pixels" | "instructions" | "paintedPixels">;
  readonly log: LogOptions;
}

interface Flags {
  readonly dir: string;
  readonly backend: Config["backend"];
  readonly adapter?: string;
  readonly maxPixels: number;
  readonly maxInstructions: number;
  readonly maxPaintedPixels: number;
  readonly logLevel: LogOptions["level"];
  readonly logFormat: LogOptions["format"];
}

/**
 * Reads the command line and `GVPIE_…` variables.
 *
 * @returns the exit code where there is nothing to start: help or version was printed, or something was wrong.
 */
export function readConfig(args: readonly string[]): Config | number {
  const command = new Command("gvpie-daemon")
    .description("Renders the pixel programs that arrive through a directory.")
    .version(readVersion())
    .addOption(
      new Option("--dir <path>", "directory shared with the clients")
        .env("GVPIE_DIR")
        .default("/tmp/gvpie")
        .argParser(notEmpty),
    )
    .addOption(
      new Option(
        "--backend <name>",
        "what draws; auto: the CPU, and large frames a graphics card where there is one",
      )
        .choices(BACKENDS)
        .env("GVPIE_BACKEND")
        .default("auto"),
    )
    .addOption(
      new Option(
        "--adapter <name>",
        "WebGPU adapter to draw on, by a part of its name; hardware goes first",
      ).env("GVPIE_ADAPTER"),
    )
    .addOption(limitOption("--max-pixels <n>", "GVPIE_MAX_PIXELS", "pixels of a canvas", "pixels"))
    .addOption(
      limitOption(
        "--max-instructions <n>",
        "GVPIE_MAX_INSTRUCTIONS",
        "instructions of a program",
        "instructions",
      ),
    )
    .addOption(
      limitOption(
        "--max-painted-pixels <n>",
        "GVPIE_MAX_PAINTED_PIXELS",
        "pixels painted, overdraw counted",
        "paintedPixels",
      ),
    )
    .addOption(
      new Option("--log-level <level>", "least severe message")
        .choices(LOG_LEVELS)
        .env("GVPIE_LOG_LEVEL")
        .default("info"),
    )
    .addOption(
      new Option("--log-format <format>", "form of the messages on stderr")
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
  const flags = command.opts<Flags>();
  return {
    dir: flags.dir,
    backend: flags.backend,
    adapter: flags.adapter,
    limits: {
      pixels: flags.maxPixels,
      instructions: flags.maxInstructions,
      paintedPixels: flags.maxPaintedPixels,
    },
    log: { level: flags.logLevel, format: flags.logFormat },
  };
}

const WRONG_USAGE = 2;

function limitOption(flags: string, variable: string, counted: string, name: keyof Limits): Option {
  const most = HARD_LIMITS[name];
  return new Option(flags, `most ${counted}, up to ${most}`)
    .env(variable)
    .default(DEFAULT_LIMITS[name])
    .argParser((text) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (!(value >= 1 && value <= most))
        throw new InvalidArgumentError(`Expected a whole number from 1 to ${most}.`);
      return value;
    });
}

/** An empty variable is no setting. */
function ignoreUnset(env: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith("GVPIE_") && value === "") delete env[name];
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
