import { parseDuration } from "@gvpie/app-common";
import { UsageError } from "./errors.ts";

const ISO_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * Parses a time: ISO 8601, in UTC unless it has an offset, or a duration such as `24h`, which means that long ago.
 *
 * @returns ISO 8601 UTC with milliseconds.
 * @throws {UsageError} if the text is neither.
 */
export function timeOption(name: string, text: string, now: number = Date.now()): string {
  const ms = parseTime(text) ?? now - parseAge(text);
  if (Number.isNaN(ms)) {
    const examples = "a time such as 2026-11-24 or 2026-11-24T04:05Z, or a duration such as 24h";
    throw new UsageError(`${name}: expected ${examples}, got "${text}"`);
  }
  return new Date(ms).toISOString();
}

/** Returns undefined for text that is not in the form of a time, NaN for a time that does not exist. */
function parseTime(text: string): number | undefined {
  const [, date, time = "00:00", zone = "Z"] = ISO_TIME.exec(text) ?? [];
  if (date === undefined) return undefined;
  // Date.parse takes February 30 for March 2.
  const day = Date.parse(`${date}T00:00Z`);
  const exists = !Number.isNaN(day) && new Date(day).toISOString().startsWith(date);
  return exists ? Date.parse(`${date}T${time}${zone}`) : Number.NaN;
}

function parseAge(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    return Number.NaN;
  }
}
