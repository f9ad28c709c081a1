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
import { LANGS, type Lang } from "@gvpie/daemon/store";
import { type Command, InvalidArgumentError, Option } from "commander";
import { delimiter } from "node:path";

export const SAVE_MODES = ["changed", "always"] as const;

const MAX_INTERVAL_SECONDS = 31_536_000;
const MAX_CONCURRENCY = 64;

/** Files of keys, capabilities and lists. */
export interface CapabilityConfig {
  /** Private keys of the capabilities. Runs need a capability if there is one. */
  readonly keys: readonly string[];
  /** Public keys of the issuers. */
  readonly rootKeys: readonly string[];
  /** Capabilities of scripts without their own, by language. */
  readonly defaults: Readonly<Partial<Record<Lang, string>>>;
  readonly revoked: string | undefined;
  /** Default: the name of the first key's file and `.audit`. */
  readonly audit: string | undefined;
}

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
  /** Folder that cartridge scripts are restricted to. */
  readonly cartridgeRoot: string | undefined;
  readonly capabilities: CapabilityConfig;
  readonly log: LogOptions;
}

interface Flags
  extends LogFlags, Pick<Config, "db" | "cartridges" | "save" | "dir" | "once" | "concurrency" | "python"> {
  /** Seconds. */
  readonly interval: number;
  readonly cartridgeRoot?: string;
  readonly capabilityKey?: readonly string[];
  readonly rootKey?: readonly string[];
  readonly capability?: CapabilityConfig["defaults"];
  readonly revoked?: string;
  readonly audit?: string;
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
    .addOption(new Option("--python", "run python scripts, always in a sandbox").env("GVPIE_PYTHON"))
    .addOption(
      new Option(
        "--cartridge-root <dir>",
        "read no cartridge of a cartridge script outside of this directory",
      )
        .env("GVPIE_CARTRIDGE_ROOT")
        .argParser(parsePath),
    );
  addCapabilityOptions(command);
  addLogOptions(command, "the messages on stderr and of the runs on stdout");
  // `GVPIE_ONCE=0` counts as unset.
  for (const name of ["GVPIE_ONCE", "GVPIE_PYTHON"]) {
    if (process.env[name] === "0" || process.env[name] === "false") delete process.env[name];
  }
  const exitCode = parseOptions(command, args);
  if (exitCode !== undefined) return exitCode;
  const { interval, logLevel, logFormat, ...flags } = command.opts<Flags>();
  const { db, cartridges, save, dir, concurrency, cartridgeRoot, capability, revoked, audit } = flags;
  return {
    db,
    cartridges,
    save,
    dir,
    concurrency,
    once: flags.once === true,
    python: flags.python === true,
    cartridgeRoot,
    intervalMs: Math.round(interval * 1000),
    capabilities: {
      keys: pathsOf(command, "capabilityKey"),
      rootKeys: pathsOf(command, "rootKey"),
      defaults: capability ?? {},
      revoked,
      audit,
    },
    log: { level: logLevel, format: logFormat },
  };
}

function addCapabilityOptions(command: Command): void {
  command
    .addOption(
      new Option(
        "--capability-key <file>",
        "private key of capabilities; with it, each run needs a capability; may be repeated",
      )
        .env("GVPIE_CAPABILITY_KEYS")
        .argParser(addPath),
    )
    .addOption(
      new Option(
        "--capability <lang>=<file>",
        "capability of the scripts in a language that have none of their own; may be repeated",
      )
        .env("GVPIE_CAPABILITY")
        .argParser(addDefaults),
    )
    .addOption(
      new Option("--root-key <file>", "public key of an issuer of capabilities; may be repeated")
        .env("GVPIE_ROOT_KEYS")
        .argParser(addPath),
    )
    .addOption(
      new Option("--revoked <file>", "ids of revoked blocks, one a line; watched")
        .env("GVPIE_REVOKED")
        .argParser(parsePath),
    )
    .addOption(
      new Option(
        "--audit <file>",
        "file for a line about each refusal and each first use of a capability; default: <first capability key>.audit",
      )
        .env("GVPIE_AUDIT")
        .argParser(parsePath),
    );
}

/** Adds a path to those of an option that may be repeated. */
function addPath(path: string, before: readonly string[] = []): string[] {
  return [...before, parsePath(path)];
}

/** Returns the paths of an option that may be repeated. In the environment, they are separated as in PATH. */
function pathsOf(command: Command, name: "capabilityKey" | "rootKey"): readonly string[] {
  const given: readonly string[] = command.opts<Flags>()[name] ?? [];
  if (command.getOptionValueSource(name) !== "env") return given;
  return given.flatMap((paths) => paths.split(delimiter).filter(Boolean));
}

function parseSeconds(text: string): number {
  const value = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= MAX_INTERVAL_SECONDS)) {
    throw new InvalidArgumentError(`Expected seconds, such as 10 or 0.5, up to ${MAX_INTERVAL_SECONDS}.`);
  }
  return value;
}

/** Separates several `<lang>=<file>` in the environment; a path may contain the separator. */
const BETWEEN_DEFAULTS = new RegExp(`${delimiter}(?=(?:${LANGS.join("|")})=)`);

/** Parses `<lang>=<file>`, or several of them. */
function addDefaults(text: string, before: CapabilityConfig["defaults"] = {}): CapabilityConfig["defaults"] {
  const defaults: Partial<Record<Lang, string>> = { ...before };
  for (const one of text.split(BETWEEN_DEFAULTS)) {
    const equals = one.indexOf("=");
    const lang = LANGS.find((known) => known === one.slice(0, Math.max(0, equals)));
    const file = one.slice(equals + 1);
    if (lang === undefined || file === "") {
      throw new InvalidArgumentError(`Expected <lang>=<file> with ${LANGS.join(", ")} as <lang>.`);
    }
    if (defaults[lang] !== undefined) {
      throw new InvalidArgumentError(`Expected one capability for each language, got two for ${lang}.`);
    }
    defaults[lang] = file;
  }
  return defaults;
}
