import { parsePath } from "@gvpie/app-common/daemon";
import { LANGS, type Lang } from "@gvpie/daemon/store";
import { type Command, InvalidArgumentError, Option } from "commander";
import { delimiter } from "node:path";

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

interface Flags {
  readonly capabilityKey?: readonly string[];
  readonly rootKey?: readonly string[];
  readonly capability?: CapabilityConfig["defaults"];
  readonly revoked?: string;
  readonly audit?: string;
}

export function addCapabilityOptions(command: Command): void {
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

export function capabilityConfig(command: Command): CapabilityConfig {
  const { capability, revoked, audit } = command.opts<Flags>();
  return {
    keys: pathsOf(command, "capabilityKey"),
    rootKeys: pathsOf(command, "rootKey"),
    defaults: capability ?? {},
    revoked,
    audit,
  };
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
