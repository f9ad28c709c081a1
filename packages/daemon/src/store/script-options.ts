import { sql, type Kysely } from "kysely";
import { OPTION_COLUMNS, paramsText, toOptions } from "./script-columns.ts";
import { run, statement, type Statement, type Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";
import type { RowId, ScriptOptions, ScriptOptionsPatch } from "./types.ts";
import { checkOptions, checkParams } from "./validate.ts";

/** Writes the options of scripts. */
export interface ScriptOptionsWriter {
  /** Replaces all options. */
  replace(id: RowId, options: ScriptOptions): Steps<void>;
  /** Changes the named options, and no other column. An option that has the value already counts as unchanged. */
  patch(id: RowId, patch: ScriptOptionsPatch): Steps<void>;
}

/** The column of each option. */
const COLUMNS = {
  width: "width",
  height: "height",
  background: "background",
  intervalMs: "interval_ms",
  params: "params",
  capability: "capability",
  cron: "cron",
  timeZone: "time_zone",
  missed: "missed",
  timeoutMs: "timeout_ms",
  retries: "retries",
} as const satisfies Readonly<Record<keyof ScriptOptions, keyof Tables["script_options"]>>;

/** The columns of the options. */
export const OPTION_COLUMN_NAMES: readonly string[] = Object.values(COLUMNS);

type OptionName = keyof typeof COLUMNS;
type ColumnValue = string | number | null;

const OPTION_NAMES = Object.keys(COLUMNS) as OptionName[];

export function createScriptOptions(db: Kysely<Tables>): ScriptOptionsWriter {
  const remove = statement<{ id: RowId }>()((p) =>
    db.deleteFrom("script_options").where("script_id", "=", p("id")),
  );
  const removeEmpty = statement<{ id: RowId }>()((p) =>
    OPTION_NAMES.reduce(
      (query, name) => query.where(COLUMNS[name], "is", null),
      db.deleteFrom("script_options").where("script_id", "=", p("id")),
    ),
  );
  const addEmpty = statement<{ id: RowId }>()((p) =>
    db
      .insertInto("script_options")
      .values({ script_id: p("id") })
      .onConflict((conflict) => conflict.column("script_id").doNothing()),
  );
  const read = statement<{ id: RowId }>()((p) =>
    db.selectFrom("script_options").select(OPTION_COLUMNS).where("script_id", "=", p("id")),
  );
  const setters = Object.fromEntries(OPTION_NAMES.map((name) => [name, setter(db, name)])) as Readonly<
    Record<OptionName, Setter>
  >;

  function* set(
    id: RowId,
    values: Readonly<Partial<Record<OptionName, ColumnValue | undefined>>>,
  ): Steps<void> {
    const given = OPTION_NAMES.flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [{ name, value }];
    });
    if (given.length === 0) return;
    if (given.some(({ value }) => value !== null)) yield* run(addEmpty, { id });
    for (const { name, value } of given) yield* run(setters[name], { id, value });
    yield* run(removeEmpty, { id });
  }

  return {
    *replace(id, options) {
      checkOptions(options);
      yield* run(remove, { id });
      yield* set(id, { ...options, params: paramsText(options.params) });
    },

    *patch(id, { params, ...changes }) {
      const others = withOneSchedule(changes);
      const values = Object.fromEntries(
        OPTION_NAMES.filter((name) => name !== "params").map((name) => [name, others[name]]),
      );
      const [present] = yield* run(read, { id });
      const kept = present ? toOptions(present) : {};
      const isSchedule = [others.cron, others.timeZone, others.intervalMs].some(
        (value) => value !== undefined,
      );
      const { cron, timeZone, intervalMs } = isSchedule ? kept : {};
      checkOptions(
        withoutNulls({ ...withoutUndefined({ cron, timeZone, intervalMs }), ...withoutUndefined(values) }),
      );
      if (params === undefined) return yield* set(id, values);
      if (params === null) return yield* set(id, { ...values, params: null });
      const merged = withoutNulls({ ...kept.params, ...withoutUndefined(params) });
      checkParams(merged);
      yield* set(id, { ...values, params: paramsText(merged) ?? null });
    },
  };
}

/** Removes the interval when a cron line is set, and the cron line when an interval is set. */
function withOneSchedule(patch: Omit<ScriptOptionsPatch, "params">): Omit<ScriptOptionsPatch, "params"> {
  const { cron, intervalMs } = patch;
  const isCron = cron !== undefined && cron !== null;
  const isInterval = intervalMs !== undefined && intervalMs !== null;
  if (isCron && isInterval) return patch;
  return {
    ...patch,
    ...(isCron && { intervalMs: null }),
    ...((isInterval || cron === null) && { cron: null, timeZone: patch.timeZone ?? null }),
  };
}

type Setter = Statement<{ id: RowId; value: ColumnValue }, unknown>;

function setter(db: Kysely<Tables>, name: OptionName): Setter {
  const column = sql.ref(COLUMNS[name]);
  return statement<{ id: RowId; value: ColumnValue }>()((p) =>
    db
      .updateTable("script_options")
      .set({ [COLUMNS[name]]: p("value") })
      .where("script_id", "=", p("id"))
      .where(sql<boolean>`${column} is distinct from ${p("value")}`),
  );
}

function withoutNulls<T>(values: Readonly<Record<string, T | null>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, T] => entry[1] !== null),
  );
}

function withoutUndefined<T>(values: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, T] => entry[1] !== undefined),
  );
}
