import { openReader } from "@gvpie/daemon/store";
import type { Command, Option } from "../command.ts";
import { COMMANDS } from "../commands.ts";
import { STORE_OPTIONS } from "../store.ts";

/** A word that can stand at the cursor, with what it means. */
export interface Candidate {
  readonly text: string;
  readonly help: string;
}

/** The words that can stand at the cursor. */
export interface Candidates {
  readonly words: readonly Candidate[];
  /** True if the name of a file can stand there, too. */
  readonly files: boolean;
}

const NOTHING: Candidates = { words: [], files: false };
const FILES: Candidates = { words: [], files: true };
/** Values in help whose completion is a path. */
const PATHS = /\b(?:file|dir|path|png|pxl|glob|capability|key)\b/;
const MAX_NAMES = 1_000;

/**
 * Returns the completions of the last word; the words are those after `gvpie` up to the cursor. A shell that separates words at
 * equals signs, as Bash does, passes these as words of their own.
 */
export async function complete(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Candidates> {
  const [current = "", ...before] = words.toReversed();
  const given = before.toReversed();
  const found = await candidatesFor(given, current, env);
  return {
    ...found,
    words: found.words.filter(({ text }) => text.startsWith(current === "=" ? "" : current)),
  };
}

async function candidatesFor(
  given: readonly string[],
  current: string,
  env: NodeJS.ProcessEnv,
): Promise<Candidates> {
  const [first, second] = given;
  if (first === "help") return candidatesFor(given.slice(1), current, env);
  const name = [first, `${first} ${second}`].find(
    (known) => known !== undefined && Object.hasOwn(COMMANDS, known),
  );
  if (name === undefined || first === undefined) return { words: commandsAfter(given), files: false };
  const entry = COMMANDS[name];
  if (entry === undefined) return NOTHING;
  const command = await entry.load();
  const rest = given.slice(name.split(" ").length);
  const [last, last2] = rest.toReversed();
  const option =
    optionOf(command, last === "=" ? last2 : last) ?? (current === "=" ? optionOf(command, last) : undefined);
  if (option?.type === "string") return valuesOf(option, rest, env);
  if (current.startsWith("-")) return { words: flagsOf(command, rest), files: false };
  return positionalOf(name, command, rest, env);
}

/** Returns the words that continue the names of commands. */
function commandsAfter(given: readonly string[]): Candidate[] {
  const prefix = given.map((word) => `${word} `).join("");
  const words = new Map<string, string>();
  for (const [name, { summary }] of Object.entries(COMMANDS)) {
    if (!name.startsWith(prefix)) continue;
    const [word = "", ...more] = name.slice(prefix.length).split(" ");
    words.set(word, more.length === 0 ? summary : `${word} commands`);
  }
  if (prefix === "") {
    words.set("help", "Print the help of a command");
    words.set("--version", "Print the version");
  }
  return Array.from(words, ([text, help]) => ({ text, help }));
}

function optionOf({ options }: Command, flag: string | undefined): Option | undefined {
  if (flag === undefined) return undefined;
  if (flag.startsWith("--")) {
    return Object.hasOwn(options, flag.slice(2)) ? options[flag.slice(2)] : undefined;
  }
  return /^-\w$/.test(flag) ? Object.values(options).find(({ short }) => short === flag.slice(1)) : undefined;
}

function flagsOf({ options }: Command, given: readonly string[]): Candidate[] {
  return [
    ...Object.entries(options).filter(([name, { multiple }]) => multiple || !given.includes(`--${name}`)),
    ["help", { help: "print this help" }] as const,
  ].map(([name, { help }]) => ({ text: `--${name}`, help }));
}

async function valuesOf(
  option: Option,
  given: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Candidates> {
  const { choices, value = "", help } = option;
  if (choices !== undefined) return { words: choices.map((text) => ({ text, help: "" })), files: false };
  if (/\bscript\b/.test(help) && value === "name") return scriptNames(given, env);
  return PATHS.test(value) ? FILES : NOTHING;
}

async function positionalOf(
  name: string,
  { usage, options }: Command,
  given: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Candidates> {
  const takesValue = (flag: string | undefined): boolean =>
    optionOf({ options } as Command, flag)?.type === "string";
  const position = given.filter((word, i) => !word.startsWith("-") && !takesValue(given[i - 1])).length;
  const places = usage.split(/ (?=[<[])/);
  const place = places[position] ?? (places.at(-1)?.endsWith("...") ? places.at(-1) : undefined) ?? "";
  if (/\bname\b/.test(place)) {
    return name === "scripts add" || place.includes("new") ? NOTHING : scriptNames(given, env);
  }
  const choices = /^[<[]((?:\w+\|)+\w+)[>\]]$/.exec(place)?.[1]?.split("|");
  if (PATHS.test(place)) return FILES;
  return choices === undefined
    ? NOTHING
    : { words: choices.map((text) => ({ text, help: "" })), files: false };
}

/** Returns the names of the scripts in the database of the command line; none if it cannot be read. */
async function scriptNames(given: readonly string[], env: NodeJS.ProcessEnv): Promise<Candidates> {
  const db = given[given.lastIndexOf("--db") + 1];
  const path = (given.includes("--db") ? db : undefined) ?? (env["GVPIE_DB"] || STORE_OPTIONS.db.default);
  try {
    await using store = await openReader({ path, busyTimeoutMs: 100 });
    const scripts = await store.listScripts({ limit: MAX_NAMES });
    const isPlain = (text: string): boolean => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text);
    const words = scripts
      .filter(({ name }) => isPlain(name))
      .map(({ name, lang }) => ({ text: name, help: lang }));
    return { words, files: false };
  } catch {
    return NOTHING;
  }
}
