import type { ScriptOptions } from "@gvpie/daemon/store";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Returns a duration for people, such as `85 ms`, `1.2 s` or `3 h 5 min`. */
export function durationText(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1).replace(/\.0$/, "")} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return two(ms, MINUTE, "min", SECOND, "s");
  if (ms < DAY) return two(ms, HOUR, "h", MINUTE, "min");
  return two(ms, DAY, "d", HOUR, "h");
}

function two(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`;
}

/**
 * Returns a stored time in Unix milliseconds; undefined if it is in another form. SQLite's `datetime('now')` is UTC without saying
 * so.
 */
export function parseTime(text: string): number | undefined {
  const isPlain = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text);
  const at = Date.parse(isPlain ? `${text.replace(" ", "T")}Z` : text);
  return Number.isNaN(at) ? undefined : at;
}

/** Returns the schedule of a script in words; undefined for the interval of the loop. */
export function scheduleText({ intervalMs, cron, timeZone }: ScriptOptions): string | undefined {
  if (cron !== undefined) return `${cron} (${timeZone ?? "UTC"})`;
  return intervalMs === undefined ? undefined : `every ${durationText(intervalMs)}`;
}

/** Returns a number with spaces between thousands, which no language reads as a decimal point. */
export function numberText(value: number): string {
  return value.toLocaleString("en").replaceAll(",", "\u202f");
}

/** Returns a number of bytes for people. */
export function bytesText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  const exponent = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1_024 ** exponent;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${["", "KiB", "MiB", "GiB", "TiB"][exponent]}`;
}
