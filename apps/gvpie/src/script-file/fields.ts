import { parseDuration, type DurationRules } from "@gvpie/app-common";
import { LANGS, MAX_RETRIES, type Lang, type ScriptOptions } from "@gvpie/daemon/store";
import { listOf } from "../command.ts";
import { CommandError } from "../errors.ts";
import { INTERVAL_RULES, MISSED, TIMEOUT_RULES } from "../commands/script-options.ts";

/** A value that is not as expected. */
export class FieldError extends CommandError {
  /** Name of the field; undefined for the whole entry. */
  readonly field: string | undefined;

  constructor(field: string | undefined, message: string) {
    super("BAD_SCRIPT_FILE", message);
    this.field = field;
  }
}

/** The fields of an entry in the order in which they are written. */
export const FIELDS = [
  "name",
  "lang",
  "enabled",
  "paused",
  "interval",
  "cron",
  "timeZone",
  "missed",
  "timeout",
  "retries",
  "width",
  "height",
  "background",
  "params",
  "capability",
  "file",
  "code",
] as const;

/** One entry of a file of scripts, whose fields have the right types. */
export interface Entry {
  readonly name: string;
  readonly lang: Lang | undefined;
  readonly enabled: boolean;
  /** Undefined: as it is. */
  readonly paused: boolean | undefined;
  readonly options: ScriptOptions;
  readonly source: { readonly file: string } | { readonly code: string };
}

/** @throws {FieldError} for the first field that is not as expected. */
export function readEntry(value: unknown): Entry {
  if (!isRecord(value)) throw new FieldError(undefined, `expected an object, got ${describe(value)}`);
  for (const key of Object.keys(value)) {
    if (!(FIELDS as readonly string[]).includes(key)) {
      throw new FieldError(undefined, `expected the fields ${listOf(FIELDS)}, got ${JSON.stringify(key)}`);
    }
  }
  const fields = { ...value };
  const { file, code } = { file: text(fields, "file"), code: text(fields, "code") };
  if ((file === undefined) === (code === undefined)) {
    const found = file === undefined ? "neither" : "both";
    throw new FieldError(undefined, `expected code or file, got ${found}`);
  }
  const name = text(fields, "name");
  if (name === undefined) throw new FieldError("name", "expected the name of the script, got none");
  const lang = choice(fields, "lang", LANGS);
  if (lang === undefined && file === undefined) {
    throw new FieldError("lang", `expected ${listOf(LANGS)}, got none`);
  }
  return {
    name,
    lang,
    enabled: flag(fields, "enabled") ?? true,
    paused: flag(fields, "paused"),
    options: readEntryOptions(fields),
    source: file === undefined ? { code: code ?? "" } : { file },
  };
}

type Fields = Readonly<Record<string, unknown>>;

function readEntryOptions(fields: Fields): ScriptOptions {
  const options: ScriptOptions = {
    width: integer(fields, "width", 1, 2 ** 32 - 1),
    height: integer(fields, "height", 1, 2 ** 32 - 1),
    background: text(fields, "background"),
    intervalMs: duration(fields, "interval", { ...INTERVAL_RULES, minMs: 0 }),
    cron: text(fields, "cron"),
    timeZone: text(fields, "timeZone"),
    missed: choice(fields, "missed", MISSED),
    timeoutMs: duration(fields, "timeout", TIMEOUT_RULES),
    retries: integer(fields, "retries", 0, MAX_RETRIES),
    params: readEntryParams(fields),
    capability: text(fields, "capability"),
  };
  if (options.cron !== undefined && options.intervalMs !== undefined) {
    throw new FieldError("cron", "expected interval or cron, got both");
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function readEntryParams({ params }: Fields): ScriptOptions["params"] {
  if (params === undefined) return undefined;
  if (!isRecord(params)) {
    throw new FieldError("params", `expected an object of strings and integers, got ${describe(params)}`);
  }
  const entries = Object.entries(params).map(([name, value]): [string, string | number] => {
    if (typeof value === "string" || Number.isSafeInteger(value)) return [name, value as string | number];
    throw new FieldError("params", `expected a string or an integer for ${name}, got ${describe(value)}`);
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function text(fields: Fields, name: string): string | undefined {
  const { [name]: value } = fields;
  if (value === undefined || typeof value === "string") return value;
  throw new FieldError(name, `expected a string, got ${describe(value)}`);
}

function flag(fields: Fields, name: string): boolean | undefined {
  const { [name]: value } = fields;
  if (value === undefined || typeof value === "boolean") return value;
  throw new FieldError(name, `expected true or false, got ${describe(value)}`);
}

function choice<T extends string>(fields: Fields, name: string, known: readonly T[]): T | undefined {
  const { [name]: value } = fields;
  if (value === undefined) return undefined;
  const found = known.find((one) => one === value);
  if (found === undefined) throw new FieldError(name, `expected ${listOf(known)}, got ${describe(value)}`);
  return found;
}

function integer(fields: Fields, name: string, least: number, most: number): number | undefined {
  const { [name]: value } = fields;
  if (value === undefined) return undefined;
  const number = Number.isInteger(value) ? (value as number) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new FieldError(name, `expected an integer from ${least} to ${most}, got ${describe(value)}`);
}

function duration(fields: Fields, name: string, rules: DurationRules): number | undefined {
  const { [name]: value } = fields;
  if (value === undefined) return undefined;
  if (typeof value !== "string") {
    throw new FieldError(name, `expected a duration as a string, such as "30s", got ${describe(value)}`);
  }
  try {
    return parseDuration(value, rules);
  } catch (error) {
    throw new FieldError(name, (error as RangeError).message);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Describes a JSON value in at most 60 characters. */
export function describe(value: unknown): string {
  const shown = jsonOf(value);
  return shown.length <= 60 ? shown : `${shown.slice(0, 60)}…`;
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "nothing";
  } catch {
    // JSON.parse has no limit of depth, and JSON.stringify that of the stack.
    return "a value that is nested too deeply to print";
  }
}
