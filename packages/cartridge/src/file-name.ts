const MAX_SLUG = 64;
/** Longest part of a name that is looked at. */
const MAX_NAME = 1024;
const MAX_TIME_MS = 8.64e15;

export interface CartridgeName {
  /** Any text, such as a script's name. Shows in the file name as far as it is safe there. */
  readonly name: string;
  /** Unix milliseconds, or a date. */
  readonly time: number | Date;
  /** Number of the run, or up to 64 letters, digits and hyphens; makes the file name unique. */
  readonly run: number | string;
}

/** ASCII letters, digits, `_` and `-`; accents are dropped, everything else becomes one `_`. */
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
 * `<slug>_<unix milliseconds>_<run id>.png`: safe on every file system for any name, and unique by run.
 *
 * @throws {RangeError} on a time or run id out of range.
 */
export function cartridgeFileName({ name, time, run }: CartridgeName): string {
  const ms = Number(time);
  if (!Number.isSafeInteger(ms) || ms < 0 || ms > MAX_TIME_MS) {
    throw new RangeError(`time must be whole Unix milliseconds, not ${ms}`);
  }
  const id = String(run);
  if (
    !/^[A-Za-z0-9-]{1,64}$/.test(id) ||
    (typeof run === "number" && !(Number.isSafeInteger(run) && run >= 0))
  ) {
    throw new RangeError(`run must be a non-negative integer or up to 64 letters, digits and hyphens`);
  }
  return `${slugOf(name)}_${ms}_${id}.png`;
}
