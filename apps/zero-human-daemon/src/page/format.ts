import { formatSpan } from "@gvpie/app-common";
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

/** Returns the distance of a time from `now`, such as `3 min ago` or `in 5 s`. */
export function distanceText(at: number, now: number): string {
  const distance = Math.abs(at - now);
  if (distance < SECOND) return "now";
  return at > now ? `in ${formatSpan(distance)}` : `${formatSpan(distance)} ago`;
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
