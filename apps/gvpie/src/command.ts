import { parseDuration, type DurationRules } from "@gvpie/app-common";
import { parseArgs } from "node:util";
import { UsageError } from "./errors.ts";

/** One option of a command. */
export interface Option {
  /** `boolean` options take no value. */
  readonly type: "string" | "boolean";
  /** The option may be given several times; its value is a list. */
  readonly multiple?: true;
  readonly short?: string;
  /** Name of the value in help, e.g. `pixels`. */
  readonly value?: string;
  readonly help: string;
  /** Used if neither the flag nor the variable is set. */
  readonly default?: string;
  /** Environment variable that is read if the flag is absent. */
  readonly env?: `GVPIE_${string}`;
  /** The only values accepted. */
  readonly choices?: readonly string[];
}

/** An option whose value may be absent. */
export interface TextOption extends Option {
  readonly type: "string";
  readonly default?: never;
}

/** An option that always has a value. */
export interface SettingOption extends Option {
  readonly type: "string";
  readonly default: string;
}

export type Options = Readonly<Record<string, Option>>;

type Value<O extends Option> = O["type"] extends "boolean"
  ? boolean
  : O extends { readonly multiple: true }
    ? readonly string[]
    : O extends { readonly default: string }
      ? string
      : string | undefined;

/** Values by option name. An absent `boolean` option is false, an absent `multiple` option an empty list. */
export type Values<O extends Options> = { readonly [K in keyof O]: Value<O[K]> };

/** Values of a command whose options are not known to the type checker. */
type AnyValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

type Example = readonly [command: string, purpose: string];

/** One subcommand. */
export interface Command<O extends Options = Options, V = AnyValues> {
  /** Positional arguments as help shows them: `<file|->`, `<png>...`, `[command]`. */
  readonly usage: string;
  /** Minimum and maximum number of positional arguments. */
  readonly positionals: readonly [number, number];
  readonly options: O;
  /** Text below the summary in help. */
  readonly details?: string;
  /** Command lines that help shows, each with its purpose. A test runs them. */
  readonly examples: readonly Example[];
  /** Meanings of the exit codes, if they say more than success, failure and wrong usage. */
  readonly exitCodes?: readonly (readonly [code: string, meaning: string])[];
  /** Names of related commands outside of the group. */
  readonly seeAlso?: readonly string[];
  /** @returns the exit code; `undefined` is 0. */
  run(values: V, positionals: readonly string[]): Promise<number | void> | number | void;
}

/** Checks `run` against the option types, then erases them. */
export function defineCommand<const O extends Options>(command: Command<O, Values<O>>): Command {
  return command;
}

/** A parsed command line of one command. */
export interface Invocation {
  readonly help: boolean;
  readonly values: AnyValues;
  readonly positionals: readonly string[];
}

/**
 * Reads flags over environment over defaults.
 *
 * Uses `node:util` where the daemons use commander: bundled, commander adds 4.4 ms to the 51.8 ms of a `gvpie render`
 * (medians of 150 interleaved starts; Node itself takes 27.4 ms).
 *
 * @throws {UsageError} if an option or argument is not one that the command accepts.
 */
export function parseInvocation(
  command: Command,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Invocation {
  const config = Object.fromEntries(
    Object.entries(command.options).map(([name, { type, short, multiple = false }]) => [
      name,
      short ? { type, short, multiple } : { type, multiple },
    ]),
  );
  const parsed = parseStrictly(args, config);
  if (parsed.values["help"] === true) return { help: true, values: {}, positionals: [] };

  const values: Record<string, AnyValues[string]> = {};
  for (const [name, option] of Object.entries(command.options)) {
    const given = parsed.values[name];
    const fromEnv = option.env === undefined ? undefined : env[option.env] || undefined;
    const value = given ?? fromEnv ?? option.default;
    if (option.choices !== undefined && value !== undefined && !option.choices.includes(String(value))) {
      const source = given === undefined && fromEnv !== undefined ? String(option.env) : `--${name}`;
      throw new UsageError(`${source}: expected ${listOf(option.choices)}, got "${String(value)}"`);
    }
    if (option.type === "boolean") {
      values[name] = value === true;
    } else {
      values[name] = option.multiple ? (value ?? []) : value;
    }
  }

  const [min, max] = command.positionals;
  const { positionals } = parsed;
  if (positionals.length < min) {
    const got = positionals.length === 0 ? "no argument" : `"${positionals.join('" "')}"`;
    throw new UsageError(`expected ${command.usage}, got ${got}`);
  }
  if (positionals.length > max) throw new UsageError(`unexpected argument "${positionals[max]}"`);
  return { help: false, values, positionals };
}

/** A hash in base64url, such as a thumbprint: it may begin with a dash, and no option is so long. */
const HASH_WITH_DASH = /^-[\w-]{42}$/;
/** Hides the dash of such a hash from `parseArgs`. No argument of a process can contain this character. */
const HIDING = "\0";

function hideDash(argument: string): string {
  return HASH_WITH_DASH.test(argument) ? HIDING + argument : argument;
}

/** Undoes {@link hideDash} in a value of `parseArgs`. */
function showDash<V>(value: V): V {
  if (Array.isArray(value)) return value.map((item) => showDash(item)) as V;
  return typeof value === "string" && value.startsWith(HIDING) ? (value.slice(HIDING.length) as V) : value;
}

type ParseConfig = Record<string, { type: "string" | "boolean"; short?: string; multiple: boolean }>;

function parseStrictly(
  args: readonly string[],
  options: ParseConfig,
): { values: AnyValues; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: args.map(hideDash),
      options: { ...options, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    const shown = Object.entries(values).map(([name, value]) => [name, showDash(value)]);
    return { values: Object.fromEntries(shown) as AnyValues, positionals: showDash(positionals) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(shortMessage(error), { cause: error });
  }
}

/** Shortens a message of `parseArgs`, which also explains features that this command does not use. */
function shortMessage({ message }: TypeError): string {
  const flag = /'(?:-\w, )?(-[^' ]*)/.exec(message)?.[1] ?? "an option";
  if (message.startsWith("Unknown option")) return `unknown option ${flag}`;
  if (message.includes("does not take")) return `${flag} takes no value`;
  if (message.includes("ambiguous")) {
    return `${flag} needs a value; write ${flag}=-… if it begins with a dash`;
  }
  return `${flag} needs a value`;
}

/** Joins items as in `a`, `a or b`, `a, b or c`. */
export function listOf(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;
}

/**
 * Parses a whole number in decimal digits.
 *
 * @throws {UsageError} if the text is not a number from `min` to `max`.
 */
export function integerOption(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new UsageError(`${name}: expected a whole number from ${min} to ${max}, got "${text}"`);
  }
  return value;
}

/**
 * Parses a duration such as `30s` into milliseconds.
 *
 * @throws {UsageError} if the text is not one, or not within the bounds.
 */
export function durationOption(name: string, text: string, rules: DurationRules): number {
  try {
    return parseDuration(text, rules);
  } catch (error) {
    throw new UsageError(`${name}: ${(error as RangeError).message}`, { cause: error });
  }
}
