import { sql, type AliasedRawBuilder, type RawBuilder } from "kysely";
import {
  MAX_CAPABILITY_BYTES,
  MAX_PARAMS_BYTES,
  type Missed,
  type RowId,
  type ScriptOptions,
  type ScriptParams,
} from "./types.ts";

// Other tools may store any value in these columns, such as a BLOB or a gigabyte of text: reads convert and bound them.

/** Longest name in bytes that is read at all. */
const MAX_NAME_BYTES = 65_536;
/** Largest absolute value of an integer that a JavaScript number holds exactly. */
export const MAX_INTEGER: number = Number.MAX_SAFE_INTEGER;

/** Name of a script, cut to 1,000 characters. A name that is too long to read is described instead. */
export const NAME: RawBuilder<string> = sql<string>`case
  when octet_length(improvement_scripts.name) > ${sql.lit(MAX_NAME_BYTES)}
    then '(a name of ' || octet_length(improvement_scripts.name) || ' bytes)'
  else substr(cast(improvement_scripts.name as text), 1, 1000) end`;
/** Length of a script's code in bytes. */
export const CODE_BYTES: RawBuilder<number> = sql<number>`octet_length(improvement_scripts.code)`;

/** Reads an id: as text if a JavaScript number does not hold it exactly; {@link toId} converts it. */
export function readId(column: string | RawBuilder<unknown>): RawBuilder<number | string | null> {
  const id = sql`cast(${typeof column === "string" ? sql.ref(column) : column} as integer)`;
  const last = sql.lit(MAX_INTEGER);
  return sql<
    number | string | null
  >`case when ${id} between -${last} and ${last} then ${id} else cast(${id} as text) end`;
}

/** Converts the result of {@link readId}. */
export function toId(id: number | string | null): RowId {
  return typeof id === "string" ? BigInt(id) : (id ?? 0);
}

/** Reads a column as SQL reads a condition: 1 for a number other than 0, else 0; NULL for NULL. */
export function flag(column: string): RawBuilder<number | null> {
  const reference = sql.ref(column);
  return sql<number | null>`case when ${reference} then 1 when ${reference} is not null then 0 end`;
}

/**
 * The id for a new row: NULL, so that SQLite chooses the next one. Once another program has used an id at the end of the range of
 * numbers, the least id after the other rows.
 */
export function nextId(
  table: "improvement_scripts" | "improvement_runs" | "run_requests",
): RawBuilder<number> {
  const rows = sql.table(table);
  const last = sql.lit(MAX_INTEGER);
  return sql<number>`(select case
    when exists (select 1 from ${rows} where id >= ${last})
      or exists (select 1 from sqlite_sequence where name = ${sql.lit(table)} collate nocase and seq >= ${last})
    then coalesce(
      (select one.id + 1 from ${rows} as one where one.id between 0 and ${last} - 1
        and not exists (select 1 from ${rows} as two where two.id = one.id + 1) order by one.id desc limit 1), 1) end)`;
}

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

/** Reads a short text column; NULL for values of other types. */
export function textOnly(column: string): RawBuilder<string | null> {
  return sql<string | null>`case when typeof(${sql.ref(column)}) = 'text' then ${shortText(column)} end`;
}

/**
 * Reads an integer column; any value that is not a number counts as 0. The result is a floating-point number, because not every
 * integer fits into a JavaScript number; {@link toInteger} bounds it.
 */
export function integer(column: string): RawBuilder<number | null> {
  return sql<number | null>`cast(cast(${sql.ref(column)} as integer) as real)`;
}

/** Converts the result of {@link integer} to an integer within ±(2⁵³ − 1). */
export function toInteger(value: number): number {
  return Math.max(-MAX_INTEGER, Math.min(MAX_INTEGER, value));
}

/** The capability of a script. One that is too long to read is described instead: it is refused, and never taken for none. */
const CAPABILITY: RawBuilder<string | null> = sql<string | null>`case
  when octet_length(script_options.capability) > ${sql.lit(MAX_CAPABILITY_BYTES)}
    then '(a capability of ' || octet_length(script_options.capability) || ' bytes)'
  else cast(script_options.capability as text) end`;

/** Columns of `script_options`; all NULL for a script without options. */
export const OPTION_COLUMNS: readonly [
  AliasedRawBuilder<number | null, "width">,
  AliasedRawBuilder<number | null, "height">,
  AliasedRawBuilder<string | null, "background">,
  AliasedRawBuilder<number | null, "interval_ms">,
  AliasedRawBuilder<string | null, "params">,
  AliasedRawBuilder<string | null, "capability">,
  AliasedRawBuilder<string | null, "cron">,
  AliasedRawBuilder<string | null, "time_zone">,
  AliasedRawBuilder<string | null, "missed">,
  AliasedRawBuilder<number | null, "timeout_ms">,
  AliasedRawBuilder<number | null, "retries">,
] = [
  integer("width").as("width"),
  integer("height").as("height"),
  shortText("background").as("background"),
  integer("interval_ms").as("interval_ms"),
  boundedText("params", MAX_PARAMS_BYTES).as("params"),
  CAPABILITY.as("capability"),
  shortText("cron").as("cron"),
  shortText("time_zone").as("time_zone"),
  shortText("missed").as("missed"),
  integer("timeout_ms").as("timeout_ms"),
  integer("retries").as("retries"),
];

/** Converts a row of {@link OPTION_COLUMNS} to options. */
export function toOptions(row: {
  readonly width: number | null;
  readonly height: number | null;
  readonly background: string | null;
  readonly interval_ms: number | null;
  readonly params: string | null;
  readonly capability: string | null;
  readonly cron: string | null;
  readonly time_zone: string | null;
  readonly missed: string | null;
  readonly timeout_ms: number | null;
  readonly retries: number | null;
}): ScriptOptions {
  const options: { -readonly [name in keyof ScriptOptions]: ScriptOptions[name] } = {};
  if (row.width !== null) options.width = toInteger(row.width);
  if (row.height !== null) options.height = toInteger(row.height);
  if (row.background !== null) options.background = row.background;
  if (row.interval_ms !== null) options.intervalMs = toInteger(row.interval_ms);
  if (row.params !== null) options.params = readParams(row.params);
  if (row.capability !== null) options.capability = row.capability;
  if (row.cron !== null) options.cron = row.cron;
  if (row.time_zone !== null) options.timeZone = row.time_zone;
  if (row.missed !== null) options.missed = row.missed as Missed;
  if (row.timeout_ms !== null) options.timeoutMs = toInteger(row.timeout_ms);
  if (row.retries !== null) options.retries = toInteger(row.retries);
  return options;
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
