import { parseDuration, parseTime } from "@gvpie/app-common";
import { UsageError } from "./errors.ts";

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

function parseAge(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    return Number.NaN;
  }
}
