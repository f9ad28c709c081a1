import { sql, type RawBuilder } from "kysely";
import { MAX_PARAMS_BYTES, type ScriptOptions, type ScriptParams } from "./types.ts";

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
/** One more of them. */
export const PARAMS: RawBuilder<string | null> = boundedText("params", MAX_PARAMS_BYTES);

/** Options as {@link OPTION_COLUMNS} and {@link PARAMS} hold them. */
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

/** Parameters as their column holds them, by name: the same ones have the same text. Undefined for none. */
export function paramsText(params: ScriptParams = {}): string | undefined {
  const entries = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : JSON.stringify(Object.fromEntries(entries));
}

/** What another tool has put in place of a value is handed on as it is: a renderer refuses it by name. */
function readParams(text: string): ScriptParams {
  try {
    return { ...(JSON.parse(text) as ScriptParams) };
  } catch {
    // The table refuses what is no JSON; this is damage.
    return {};
  }
}
