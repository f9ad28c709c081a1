import { readVersion } from "@gvpie/app-common";
import {
  addLogOptions,
  createCommand,
  parseOptions,
  parseWholeNumber,
  sharedDirectoryOption,
  type LogFlags,
  type LogOptions,
} from "@gvpie/app-common/daemon";
import { DEFAULT_LIMITS, HARD_LIMITS, type Limits } from "@gvpie/raster";
import { Option } from "commander";

export const BACKENDS = ["auto", "cpu", "webgpu"] as const;

/** The settings of one start: flags over environment over defaults. */
export interface Config {
  /** The directory that clients and server share. */
  readonly dir: string;
  readonly backend: (typeof BACKENDS)[number];
  /** Part of the WebGPU adapter's name; if undefined, the best adapter is taken. */
  readonly adapter: string | undefined;
  readonly limits: Pick<Limits, "pixels" | "instructions" | "paintedPixels">;
  readonly log: LogOptions;
}

interface Flags extends LogFlags {
  readonly dir: string;
  readonly backend: Config["backend"];
  readonly adapter?: string;
  readonly maxPixels: number;
  readonly maxInstructions: number;
  readonly maxPaintedPixels: number;
}

/** @returns the exit code if there is nothing to start. */
export function readConfig(args: readonly string[]): Config | number {
  const command = createCommand(
    "gvpie-daemon",
    "Render the pixel programs that arrive through a directory.",
    readVersion(import.meta.dirname),
  )
    .addOption(sharedDirectoryOption("the clients"))
    .addOption(
      new Option(
        "--backend <name>",
        "backend to render with; auto uses the CPU, and a graphics card for large frames if there is one",
      )
        .choices(BACKENDS)
        .env("GVPIE_BACKEND")
        .default("auto"),
    )
    .addOption(
      new Option(
        "--adapter <name>",
        "use the WebGPU adapter whose name contains <name>; hardware is preferred",
      ).env("GVPIE_ADAPTER"),
    )
    .addOption(limitOption("pixels", "--max-pixels", "GVPIE_MAX_PIXELS", "pixels per canvas"))
    .addOption(
      limitOption("instructions", "--max-instructions", "GVPIE_MAX_INSTRUCTIONS", "instructions per program"),
    )
    .addOption(
      limitOption(
        "paintedPixels",
        "--max-painted-pixels",
        "GVPIE_MAX_PAINTED_PIXELS",
        "pixels painted per program, overdraw included",
      ),
    );
  addLogOptions(command, "the messages on stderr");
  const exitCode = parseOptions(command, args);
  if (exitCode !== undefined) return exitCode;
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

function limitOption(name: keyof Config["limits"], flag: string, variable: string, counted: string): Option {
  const most = HARD_LIMITS[name];
  return new Option(`${flag} <n>`, `maximum number of ${counted}, up to ${most}`)
    .env(variable)
    .default(DEFAULT_LIMITS[name])
    .argParser(parseWholeNumber(most));
}
