const FORM = /^(\d{4}-\d\d-\d\d)(?:[T ]((?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * Parses a date or a time in ISO 8601, such as `2026-11-24`, `2026-11-24 04:05:06` or `2026-11-24T04:05:06.789+01:00`. Without
 * an offset it is in UTC, as the times of SQLite are.
 *
 * @returns Unix milliseconds; undefined for other text and for a time that does not exist.
 */
export function parseTime(text: string): number | undefined {
  const [, date, time = "00:00", zone = "Z"] = FORM.exec(text) ?? [];
  if (date === undefined) return undefined;
  // Date.parse takes February 30 for March 2.
  const day = Date.parse(`${date}T00:00Z`);
  if (Number.isNaN(day) || !new Date(day).toISOString().startsWith(date)) return undefined;
  const at = Date.parse(`${date}T${time}${zone}`);
  return Number.isNaN(at) ? undefined : at;
}
