import { sql, type RawBuilder } from "kysely";
import { MAX_PARAMS_BYTES, type ScriptOptions, type ScriptParams } from "./types.ts";

// Other tools may store any value in these columns, such as a BLOB or a gigabyte of text: reads convert and bound them.

/** Name of a script, cut to 1,000 characters. */
export const NAME: RawBuilder<string> = sql<string>`substr(cast(improvement_scripts.name as text), 1, 1000)`;
/** Length of a script's code in bytes. */
export const CODE_BYTES: RawBuilder<number> = sql<number>`octet_length(improvement_scripts.code)`;

/** Reads a text column; NULL if it holds more than `limit` bytes. */
export function boundedText(column: string, limit: number): RawBuilder<string | null> {
  const reference = sql.ref(column);
  return sql<
    string | null
  >`case when octet_length(${reference}) <= ${sql.lit(limit)} then cast(${reference} as text) end`;
}

/** Reads a short text column, such as a time or a path; NULL if it holds more than 4 KiB. */
export function shortText(column: string): RawBuilder<string | null> {
  return boundedText(column, 4_096);
}

/** Reads an integer column; any value that is not a number counts as 0. */
export function integer(column: string): RawBuilder<number | null> {
  return sql<number | null>`cast(${sql.ref(column)} as integer)`;
}

/** Columns of `script_options` except `params`; all NULL for a script without options. */
export const OPTION_COLUMNS = ["width", "height", "background", "interval_ms"] as const;
/** The column `params` of `script_options`, bounded. */
export const PARAMS: RawBuilder<string | null> = boundedText("params", MAX_PARAMS_BYTES);

/** Converts a row of {@link OPTION_COLUMNS} and {@link PARAMS} to options. */
export function toOptions(row: {
  readonly width: number | null;
  readonly height: number | null;
  readonly background: string | null;
  readonly interval_ms: number | null;
  readonly params: string | null;
}): ScriptOptions {
  return {
    ...(row.width !== null && { width: row.width }),
    ...(row.height !== null && { height: row.height }),
    ...(row.background !== null && { background: row.background }),
    ...(row.interval_ms !== null && { intervalMs: row.interval_ms }),
    ...(row.params !== null && { params: readParams(row.params) }),
  };
}

/** Returns the parameters as JSON with sorted names, so that equal parameters have equal text; undefined if there are none. */
export function paramsText(params: ScriptParams = {}): string | undefined {
  const entries = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : JSON.stringify(Object.fromEntries(entries));
}

/** Values of other types, stored by another tool, are passed on unchanged: the renderer rejects them by name. */
function readParams(text: string): ScriptParams {
  try {
    return { ...(JSON.parse(text) as ScriptParams) };
  } catch {
    // The table has a CHECK for valid JSON, so the database is damaged.
    return {};
  }
}
