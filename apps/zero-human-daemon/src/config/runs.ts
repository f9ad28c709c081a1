import { parseDuration } from "@gvpie/app-common";
import { parsePath, parseWholeNumber } from "@gvpie/app-common/daemon";
import { LANGS, MAX_INTERVAL_MS, type Lang } from "@gvpie/daemon/store";
import { type Command, InvalidArgumentError, Option } from "commander";
import { delimiter } from "node:path";

const MAX_CONCURRENCY = 64;

/** Greatest numbers of scripts running at once, by language. */
type LangConcurrency = Readonly<Partial<Record<Lang, number>>>;

/** When and how scripts run. */
export interface RunsConfig {
  readonly intervalMs: number;
  readonly once: boolean;
  readonly concurrency: number;
  readonly langConcurrency: LangConcurrency;
  /** True if `python` scripts run, in their sandbox. */
  readonly python: boolean;
  /** Folder that cartridge scripts are restricted to. */
  readonly cartridgeRoot: string | undefined;
}

interface Flags {
  /** Milliseconds. */
  readonly interval: number;
  readonly once?: true;
  readonly concurrency: number;
  readonly langConcurrency?: LangConcurrency;
  readonly python?: true;
  readonly cartridgeRoot?: string;
}

export function addRunsOptions(command: Command): void {
  command
    .addOption(
      new Option(
        "--interval <time>",
        "time between two starts: 500ms, 30s, 15m, 1h; a bare number is seconds",
      )
        .env("GVPIE_INTERVAL")
        .default(10_000, "10s")
        .argParser(parseInterval),
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
        .argParser(parseWholeNumber({ most: MAX_CONCURRENCY })),
    )
    .addOption(
      new Option(
        "--lang-concurrency <lang>=<n>",
        "maximum number of scripts in a language running at once; may be repeated",
      )
        .env("GVPIE_LANG_CONCURRENCY")
        .argParser(addLangConcurrency),
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
}

export function runsConfig(command: Command): RunsConfig {
  const { interval, once, concurrency, langConcurrency, python, cartridgeRoot } = command.opts<Flags>();
  return {
    intervalMs: interval,
    once: once === true,
    concurrency,
    langConcurrency: langConcurrency ?? {},
    python: python === true,
    cartridgeRoot,
  };
}

function parseInterval(text: string): number {
  try {
    return parseDuration(text, { maxMs: MAX_INTERVAL_MS, bare: "s" });
  } catch (error) {
    throw new InvalidArgumentError(sentence((error as RangeError).message));
  }
}

/** Commander puts the message after a sentence of its own. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Parses `<lang>=<n>`, or several of them, separated as in PATH. */
function addLangConcurrency(text: string, before: LangConcurrency = {}): LangConcurrency {
  const limits: Partial<Record<Lang, number>> = { ...before };
  for (const one of text.split(delimiter)) {
    const [, name, digits] = /^([a-z]+)=(\d{1,4})$/.exec(one) ?? [];
    const lang = LANGS.find((known) => known === name);
    const limit = Number(digits);
    if (lang === undefined || !(limit >= 1 && limit <= MAX_CONCURRENCY)) {
      throw new InvalidArgumentError(
        `Expected <lang>=<n> with ${LANGS.join(", ")} as <lang> and 1 to ${MAX_CONCURRENCY} as <n>.`,
      );
    }
    if (limits[lang] !== undefined) {
      throw new InvalidArgumentError(`Expected one number for each language, got two for ${lang}.`);
    }
    limits[lang] = limit;
  }
  return limits;
}
