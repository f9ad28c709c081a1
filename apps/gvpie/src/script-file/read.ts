import type { Lang } from "@gvpie/daemon/store";
import { dirname, resolve } from "node:path";
import { readScript } from "../commands/script-options.ts";
import { CommandError } from "../errors.ts";
import { inputName, readText } from "../input.ts";
import { describe, FieldError, readEntry, type Entry } from "./fields.ts";

/** The version of the format. */
export const FORMAT_VERSION = 1;
const MAX_BYTES = 256 * 2 ** 20;

/** The state of a script that a file asks for. */
export interface WantedScript extends Omit<Entry, "lang" | "source"> {
  readonly lang: Lang;
  readonly code: string;
  /** Its place in messages, such as `scripts[3] "clock"`. */
  readonly place: string;
}

/** A mistake in a file of scripts. */
export interface FileProblem {
  readonly place: string;
  readonly error: unknown;
}

/**
 * Reads a file of scripts, or for `-` stdin. Files that it names are relative to its folder.
 *
 * @returns the scripts without mistakes, and all mistakes.
 * @throws {CommandError} `BAD_SCRIPT_FILE` if it is not JSON of this format.
 */
export function readScriptFile(path: string): { scripts: WantedScript[]; problems: FileProblem[] } {
  const entries = entriesOf(path, readText(path, MAX_BYTES));
  const folder = path === "-" ? "." : dirname(path);
  const scripts: WantedScript[] = [];
  const problems: FileProblem[] = [];
  const places = new Map<string, string>();
  for (const [index, value] of entries.entries()) {
    let place = `scripts[${index}]`;
    try {
      const { source, lang, ...entry } = readEntry(value);
      place = `${place} ${describe(entry.name)}`;
      const first = places.get(entry.name);
      if (first !== undefined) {
        throw new FieldError("name", `expected each name once, got that of ${first} again`);
      }
      places.set(entry.name, place);
      const read = "file" in source ? readScript(resolve(folder, source.file), lang) : { lang, ...source };
      scripts.push({ ...entry, lang: read.lang as Lang, code: read.code, place });
    } catch (error) {
      const field = error instanceof FieldError && error.field !== undefined ? `.${error.field}` : "";
      problems.push({ place: place + field, error });
    }
  }
  return { scripts, problems };
}

function entriesOf(path: string, source: string): readonly unknown[] {
  const bad = (message: string, cause?: unknown): CommandError =>
    new CommandError("BAD_SCRIPT_FILE", `${inputName(path)}: ${message}`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(source.replace(/^\ufeff/, ""));
  } catch (error) {
    throw bad(
      `expected JSON, as gvpie scripts export prints it, got an error: ${(error as Error).message}`,
      error,
    );
  }
  const { version, scripts, ...rest } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (version !== FORMAT_VERSION) {
    throw bad(`version: expected ${FORMAT_VERSION}, got ${describe(version)}`);
  }
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw bad(`expected version and scripts, got ${describe(unknown)}`);
  if (!Array.isArray(scripts)) throw bad(`scripts: expected an array, got ${describe(scripts)}`);
  return scripts;
}
