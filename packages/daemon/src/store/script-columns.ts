import { sql, type RawBuilder } from "kysely";
import type { ScriptOptions } from "./types.ts";

// Another tool may have stored anything in these columns, a BLOB or a gigabyte of text: what is read is bounded text.

/** A script's name; more than 1,000 characters are cut off. */
export const NAME: RawBuilder<string> = sql<string>`substr(cast(improvement_scripts.name as text), 1, 1000)`;
/** Bytes of a script's code. */
export const CODE_BYTES: RawBuilder<number> = sql<number>`octet_length(improvement_scripts.code)`;

/** A text column, or NULL where it holds more than `limit` bytes. */
export function boundedText(column: string, limit: number): RawBuilder<string | null> {
  const reference = sql.ref(column);
  return sql<
    string | null
  >`case when octet_length(${reference}) <= ${sql.lit(limit)} then cast(${reference} as text) end`;
}

/** A short text column, such as a time or a path, or NULL where it holds more than 4 KiB. */
export function shortText(column: string): RawBuilder<string | null> {
  return boundedText(column, 4_096);
}

/** An integer column; what is no number counts as 0. */
export function integer(column: string): RawBuilder<number | null> {
  return sql<number | null>`cast(${sql.ref(column)} as integer)`;
}

/** The columns of `script_options`, all NULL for a script without options. */
export const OPTION_COLUMNS = ["width", "height", "background", "interval_ms"] as const;

/** Options as the columns of {@link OPTION_COLUMNS} hold them. */
export function toOptions(row: {
  readonly width: number | null;
  readonly height: number | null;
  readonly background: string | null;
  readonly interval_ms: number | null;
}): ScriptOptions {
  return {
    ...(row.width !== null && { width: row.width }),
    ...(row.height !== null && { height: row.height }),
    ...(row.background !== null && { background: row.background }),
    ...(row.interval_ms !== null && { intervalMs: row.interval_ms }),
  };
}
