import { checkOptions, describeValue } from "./options.ts";

const MAX_SLUG = 64;
/** Characters of a name that are used. */
const MAX_NAME = 1024;
const MAX_TIME_MS = 8.64e15;

export interface CartridgeName {
  /** Any text, such as a script's name. Its safe characters appear in the file name. */
  readonly name: string;
  /** Unix milliseconds, or a date. */
  readonly time: number | Date;
  /** Number of the run, or up to 64 letters, digits and hyphens. Makes the file name unique. */
  readonly run: number | string;
}

/** Keeps ASCII letters, digits, `_` and `-`; removes accents; replaces each run of other characters by one `_`. */
function slugOf(name: string): string {
  const plain = name
    .slice(0, MAX_NAME)
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .replace(/[^A-Za-z0-9_-]+/g, "_")
    .replace(/^[_-]+/, "")
    .slice(0, MAX_SLUG);
  return plain.replace(/[_-]+$/, "") || "script";
}

/**
 * Returns `<slug>_<unix milliseconds>_<run id>.png`, which is valid on every file system for any name, and unique by run.
 *
 * @throws {TypeError} if the name is not a string, or another part is given.
 * @throws {RangeError} if the time or run id is out of range.
 */
export function cartridgeFileName(parts: CartridgeName): string {
  checkOptions("parts", parts, ["name", "time", "run"]);
  const { name, time, run } = parts;
  if (typeof name !== "string") throw new TypeError(`expected name as a string, got ${describeValue(name)}`);
  const ms = Number(time);
  if (!Number.isSafeInteger(ms) || ms < 0 || ms > MAX_TIME_MS) {
    throw new RangeError(`expected time in whole Unix milliseconds, got ${ms}`);
  }
  const id = String(run);
  if (
    !/^[A-Za-z0-9-]{1,64}$/.test(id) ||
    (typeof run === "number" && !(Number.isSafeInteger(run) && run >= 0))
  ) {
    throw new RangeError(`expected run as a non-negative integer, or 1 to 64 letters, digits and hyphens`);
  }
  return `${slugOf(name)}_${ms}_${id}.png`;
}
