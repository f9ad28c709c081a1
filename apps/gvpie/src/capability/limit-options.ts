import { createHash } from "node:crypto";
import {
  LIMIT_NAMES,
  LIMITS,
  type CapabilityLimits,
  type LimitName,
  type NumberLimit,
  type SetLimit,
} from "@gvpie/capability";
import { listOf, type Option } from "../command.ts";
import { UsageError } from "../errors.ts";
import { readProgram } from "../input.ts";
import { readThumbprint } from "./files.ts";
import { phraseOf } from "./explain.ts";
import { describeTime, readTime, TIME_FORMS } from "./time.ts";

/** Values of options by name, as the command received them. */
type Given = Readonly<Record<string, unknown>>;

type Value = number | string | readonly string[];

/** Sets whose entries are given as files; the other entries can be separated by commas. */
const FROM_FILES: ReadonlySet<LimitName> = new Set(["programs", "audience"]);
const SET_VALUES: Readonly<Partial<Record<LimitName, string>>> = {
  programs: "file|sha256",
  audience: "server",
};
const TIMES: ReadonlySet<LimitName> = new Set(["notBefore", "expires"]);

/** Returns the option of a limit: `painted-pixels` for `paintedPixels`. */
export function flagOf(name: LimitName): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Explains the values of the options, for help. */
export const LIMITS_DETAILS: string = [
  `A time is ${TIME_FORMS}. A server is the file of its public key, or`,
  'its thumbprint. Entries of a set are separated by commas, or the option is repeated; "" is an empty set, which allows',
  "nothing.",
].join("\n");

/** One option per limit, in the order of the table. */
export const LIMIT_OPTIONS: Readonly<Record<string, Option>> = Object.fromEntries(
  LIMIT_NAMES.map((name) => [flagOf(name), optionOf(name)]),
);

function optionOf(name: LimitName): Option {
  const limit = LIMITS[name];
  const help = phraseOf(limit.doc);
  if (limit.kind === "text") return { type: "string", value: "text", help };
  if (limit.kind === "intersection") {
    const names = limit.values === undefined ? "" : `: ${limit.values.join(", ")}`;
    return { type: "string", multiple: true, value: SET_VALUES[name] ?? "names", help: help + names };
  }
  return { type: "string", value: TIMES.has(name) ? "time" : "n", help: help.replace(/, .*1970$/, "") };
}

/**
 * Reads the limits that the options give.
 *
 * @throws {UsageError} if a value is not one of its limit.
 */
export async function readLimits(given: Given, now: number): Promise<CapabilityLimits> {
  const limits: Partial<Record<LimitName, Value>> = {};
  for (const name of LIMIT_NAMES) {
    const value = given[flagOf(name)];
    if (Array.isArray(value) ? value.length > 0 : typeof value === "string") {
      limits[name] = await readLimit(name, value as string | readonly string[], now);
    }
  }
  refuseEmptyValidity(limits as CapabilityLimits, now);
  return limits as CapabilityLimits;
}

async function readLimit(name: LimitName, value: string | readonly string[], now: number): Promise<Value> {
  const limit = LIMITS[name];
  const flag = `--${flagOf(name)}`;
  if (typeof value !== "string") return readSet(name, limit as SetLimit, value);
  if (limit.kind === "text") return value;
  if (TIMES.has(name)) return readTime(flag, value, now);
  return readNumber(flag, limit as NumberLimit, value);
}

function readNumber(flag: string, { integer, least, greatest }: NumberLimit, text: string): number {
  const isNumber = (integer ? /^\d{1,16}$/ : /^\d{1,16}(?:\.\d{1,16})?$/).test(text);
  const value = isNumber ? Number(text) : Number.NaN;
  if (value >= least && value <= greatest) return value;
  const kind = integer ? "a whole number" : "a number";
  throw new UsageError(`${flag}: expected ${kind} from ${least} to ${greatest}, got "${text}"`);
}

async function readSet(name: LimitName, limit: SetLimit, texts: readonly string[]): Promise<string[]> {
  const flag = `--${flagOf(name)}`;
  if (limit.least === 0 && texts.length === 1 && texts[0] === "") return [];
  const parts = FROM_FILES.has(name) ? texts : texts.flatMap((text) => text.split(","));
  const entries = new Set<string>();
  for (const part of parts) entries.add(await readEntry(name, limit, part.trim()));
  if (entries.size < limit.least || entries.size > limit.greatest) {
    throw new UsageError(
      `${flag}: expected ${limit.least} to ${limit.greatest} ${limit.unit}, got ${entries.size}`,
    );
  }
  return [...entries];
}

async function readEntry(
  name: LimitName,
  { values, pattern, entry }: SetLimit,
  text: string,
): Promise<string> {
  if (name === "audience") return readThumbprint("--audience", text);
  if (pattern.test(text)) return text;
  if (name === "programs") return createHash("sha256").update(readProgram(text)).digest("hex");
  const expected = values === undefined ? entry : listOf(values);
  throw new UsageError(`--${flagOf(name)}: expected ${expected}, got "${text}"`);
}

function refuseEmptyValidity({ notBefore = 0, expires = Infinity }: CapabilityLimits, now: number): void {
  if (expires <= now) {
    throw new UsageError(
      `--expires: expected a time to come, such as 30d, got ${describeTime(expires, now)}`,
    );
  }
  if (notBefore >= expires) {
    throw new UsageError(
      `--not-before: expected a time before --expires, got ${describeTime(notBefore, now)}`,
    );
  }
}
