import { parseTime } from "@gvpie/app-common";
import { UsageError } from "../errors.ts";

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
/** In the year 5138. A larger number is a time in milliseconds. */
const MAX_SECONDS = 99_999_999_999;
/** A date, or a time with its zone: no one may guess when a right ends. */
const FORM = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?$/;

/** The forms that {@link readTime} reads, for help. */
export const TIME_FORMS = "30d, 12h, 2026-12-24, 2026-12-24T18:00Z or Unix seconds";

/**
 * Parses a time: a span such as `30d`, an ISO 8601 date or time, or seconds since 1970.
 *
 * @param direction of a span from `now`: 1 for a time to come, -1 for a time in the past.
 * @returns seconds since 1970.
 * @throws {UsageError} if the text is none of them.
 */
export function readTime(flag: string, text: string, now: number, direction: 1 | -1 = 1): number {
  const [, count, unit = ""] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  if (count !== undefined) return Math.max(0, now + direction * Number(count) * (UNIT_SECONDS[unit] ?? 0));
  if (/^\d+$/.test(text)) {
    const seconds = Number(text);
    if (seconds <= MAX_SECONDS) return seconds;
    throw new UsageError(
      `${flag}: expected seconds since 1970, got "${text}"; if these are milliseconds, remove the last three digits`,
    );
  }
  const time = FORM.test(text) ? parseTime(text) : undefined;
  if (time !== undefined && time >= 0) return time / 1000;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text)) {
    throw new UsageError(`${flag}: expected a time with its zone, such as "${text}Z" or "${text}+01:00"`);
  }
  throw new UsageError(`${flag}: expected a time such as ${TIME_FORMS}, got "${text}"`);
}

/** The current second since 1970. */
export function currentSecond(): number {
  return Math.floor(Date.now() / 1000);
}

/** Describes a time in local time and in UTC, and its distance from `now`. */
export function describeTime(seconds: number, now: number): string {
  return `${formatTime(seconds)}, ${describeDistance(seconds, now)}`;
}

/** Formats a time in local time, with that in UTC in brackets where it differs. */
export function formatTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `${seconds} seconds after 1970`;
  const utc = `${clockText(date)} UTC`;
  const offset = -date.getTimezoneOffset();
  if (offset === 0) return utc;
  const local = new Date(date.getTime() + offset * 60_000);
  // The largest date has no later one.
  return Number.isNaN(local.getTime()) ? utc : `${clockText(local)} ${zoneText(offset)} (${utc})`;
}

function clockText(date: Date): string {
  return date
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "");
}

function zoneText(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? "-" : "+"}${String(hours).padStart(2, "0")}:${String(rest).padStart(2, "0")}`;
}

/** Largest value of each unit that is shown in it. */
const STEPS = [
  [120, 1, "second"],
  [120 * 60, 60, "minute"],
  [48 * 3600, 3600, "hour"],
  [730 * 86_400, 86_400, "day"],
  [Infinity, 365.25 * 86_400, "year"],
] as const;

/** Returns a distance as `30 days from now`, `2 hours ago` or `now`. */
function describeDistance(seconds: number, now: number): string {
  const distance = Math.abs(seconds - now);
  if (distance === 0) return "now";
  const [, size, unit] = STEPS.find(([limit]) => distance < limit) ?? STEPS[4];
  const count = Math.round(distance / size);
  const span = `${count.toLocaleString("en-US")} ${unit}${count === 1 ? "" : "s"}`;
  return seconds > now ? `${span} from now` : `${span} ago`;
}
