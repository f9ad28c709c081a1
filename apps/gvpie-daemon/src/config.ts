import { readVersion } from "@gvpie/app-common";
import {
  addHelpDetails,
  addLogOptions,
  createCommand,
  parseOptions,
  parsePath,
  parseWholeNumber,
  sharedDirectoryOption,
  type LogFlags,
  type LogOptions,
} from "@gvpie/app-common/daemon";
import { addHttpOptions, type HttpConfig, httpConfigOf, type HttpFlags } from "@gvpie/app-common/http";
import { DEFAULT_LIMITS, HARD_LIMITS, type Limits } from "@gvpie/raster";
import { type Command, Option } from "commander";
import { delimiter } from "node:path";
import { HELP } from "./help.ts";

export const BACKENDS = ["auto", "cpu", "webgpu"] as const;

export const CAPABILITY_MODES = ["off", "accept", "require"] as const;

/** The settings of the check of capabilities. */
export interface CapabilityConfig {
  readonly mode: (typeof CAPABILITY_MODES)[number];
  /** Files of the public keys that sign the first block of a capability. */
  readonly rootKeys: readonly string[];
  /** File of the private key that signs replies. */
  readonly serverKey: string | undefined;
  /** File of revoked blocks. */
  readonly revoked: string | undefined;
  /** File of audit records. Default: the name of the server key's file and `.audit`. */
  readonly audit: string | undefined;
}

/** The settings of one start: flags over environment over defaults. */
export interface Config {
  /** The directory that clients and server share. */
  readonly dir: string;
  readonly backend: (typeof BACKENDS)[number];
  /** Part of the WebGPU adapter's name; if undefined, the best adapter is taken. */
  readonly adapter: string | undefined;
  readonly limits: Pick<Limits, "pixels" | "instructions" | "paintedPixels">;
  readonly capabilities: CapabilityConfig;
  readonly http: HttpConfig | undefined;
  readonly metricsFile: string | undefined;
  readonly log: LogOptions;
}

interface Flags extends LogFlags, HttpFlags {
  readonly dir: string;
  readonly backend: Config["backend"];
  readonly adapter?: string;
  readonly maxPixels: number;
  readonly maxInstructions: number;
  readonly maxPaintedPixels: number;
  readonly capabilities: CapabilityConfig["mode"];
  readonly rootKey?: readonly string[];
  readonly serverKey?: string;
  readonly revoked?: string;
  readonly audit?: string;
}

/** Returns the command with its options. */
export function daemonCommand(): Command {
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
  addCapabilityOptions(command);
  addHttpOptions(command, "/healthz and /metrics", 8438, "<dir>.token");
  addLogOptions(command, "the messages on stderr");
  addHelpDetails(command, HELP);
  return command;
}

/** @returns the exit code if there is nothing to start. */
export function readConfig(args: readonly string[]): Config | number {
  const command = daemonCommand();
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
    capabilities: {
      mode: flags.capabilities,
      // Of a list in the environment, the names are separated as in PATH; an option has one name.
      rootKeys: (flags.rootKey ?? []).flatMap((files) =>
        command.getOptionValueSource("rootKey") === "env" ? files.split(delimiter).filter(Boolean) : files,
      ),
      serverKey: flags.serverKey,
      revoked: flags.revoked,
      audit: flags.audit,
    },
    http: httpConfigOf(flags, `${flags.dir}.token`),
    metricsFile: flags.metricsFile,
    log: { level: flags.logLevel, format: flags.logFormat },
  };
}

function addCapabilityOptions(command: Command): void {
  const file = (flags: string, variable: string, description: string): Option =>
    new Option(flags, description).env(variable).argParser(parsePath);
  command
    .addOption(
      new Option(
        "--capabilities <mode>",
        "check who may render; accept serves requests without a capability from one small lane, require refuses them",
      )
        .choices(CAPABILITY_MODES)
        .env("GVPIE_CAPABILITIES")
        .default("off"),
    )
    .addOption(
      new Option("--root-key <file>", "public key of an issuer of capabilities; may be repeated")
        .env("GVPIE_ROOT_KEYS")
        .argParser((path: string, before?: readonly string[]) => [...(before ?? []), parsePath(path)]),
    )
    .addOption(
      file("--server-key <file>", "GVPIE_SERVER_KEY", "private key of this server, which signs the replies"),
    )
    .addOption(file("--revoked <file>", "GVPIE_REVOKED", "ids of revoked blocks, one a line; watched"))
    .addOption(
      file(
        "--audit <file>",
        "GVPIE_AUDIT",
        "file for a line about each refusal and each first use of a capability; default: <server key>.audit",
      ),
    );
}

function limitOption(name: keyof Config["limits"], flag: string, variable: string, counted: string): Option {
  const most = HARD_LIMITS[name];
  return new Option(`${flag} <n>`, `maximum number of ${counted}, up to ${most}`)
    .env(variable)
    .default(DEFAULT_LIMITS[name])
    .argParser(parseWholeNumber({ most }));
}
