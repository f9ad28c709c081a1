import { sql, type Kysely, type RawBuilder } from "kysely";
import type { Clock } from "./clock.ts";
import { StoreError } from "./errors.ts";
import { BAD_CRON_MS } from "./next-start.ts";
import { nearestName } from "./nearest-name.ts";
import {
  boundedText,
  CODE_BYTES,
  integer,
  readId,
  NAME,
  nextId,
  OPTION_COLUMNS,
  shortText,
  textOnly,
  toId,
} from "./script-columns.ts";
import { createScriptOptions } from "./script-options.ts";
import { toScript, toSummary } from "./script-rows.ts";
import { opaque, run, statement, type Steps } from "./statement.ts";
import type { StoreTime } from "./store-time.ts";
import type { Tables } from "./tables.ts";
import {
  MAX_CODE_BYTES,
  type NewScript,
  type RowId,
  type Script,
  type ScriptChanges,
  type ScriptSummary,
} from "./types.ts";
import { checkCode, checkLang, checkName } from "./validate.ts";

/** Names among which the nearest to an unknown one is looked for. */
const MAX_SUGGESTED = 10_000;

/** Names that lists may also show for scripts with other names: names that are cut, described, or not UTF-8. */
const MAY_STAND_FOR_OTHERS = /^[^]{1000}|^\(a name of |\uFFFD/u;

/** Lists and edits scripts. */
export interface Scripts {
  list(after: RowId, limit: number): Steps<ScriptSummary[]>;
  get(name: string): Steps<Script>;
  /** Returns the id of a script, without reading its code. */
  idOf(name: string): Steps<RowId>;
  add(script: NewScript): Steps<Script>;
  update(name: string, changes: ScriptChanges): Steps<Script>;
  rename(name: string, newName: string): Steps<Script>;
  remove(name: string): Steps<{ readonly runs: number }>;
}

export function createScripts(db: Kysely<Tables>, time: StoreTime, clock: Clock): Scripts {
  const summaries = db
    .selectFrom("improvement_scripts")
    .leftJoin("script_options", "script_options.script_id", "improvement_scripts.id")
    .leftJoin("script_schedule", "script_schedule.script_id", "improvement_scripts.id")
    .select([
      readId("improvement_scripts.id").as("id"),
      textOnly("improvement_scripts.lang").as("lang"),
      // 1: runs. The schedule decides; its triggers have applied the rule. 0: enabled, but refused. NULL: disabled.
      sql<number | null>`case when due_at_ms is not null then 1 when enabled then 0 end`.as("runs"),
      NAME.as("name"),
      CODE_BYTES.as("code_bytes"),
      ...OPTION_COLUMNS,
    ])
    .select([shortText("created_at").as("created_at"), shortText("last_run_at").as("last_run_at")])
    .select([integer("run_count").as("run_count"), integer("success_count").as("success_count")])
    .select([
      shortText("script_schedule.paused_at").as("paused_at"),
      integer("script_schedule.failures").as("failures"),
      readId("script_schedule.run_id").as("run_id"),
      integer("script_schedule.due_at_ms").as("due_at_ms"),
      integer("script_schedule.cron_at_ms").as("cron_at_ms"),
    ]);

  const page = statement<{ after: RowId; limit: number }>()((p) =>
    summaries
      .where("improvement_scripts.id", ">", p("after"))
      .orderBy("improvement_scripts.id")
      .limit(p("limit")),
  );
  // Some tools store the name as a BLOB.
  const either = (name: RawBuilder<string>): RawBuilder<string>[] => [
    name,
    sql<string>`cast(${name} as blob)`,
  ];
  const idByName = statement<{ name: string }>()((p) =>
    db
      .selectFrom("improvement_scripts")
      .select(readId("id").as("id"))
      .where("name", "in", either(p("name"))),
  );
  const byId = statement<{ id: RowId }>()((p) =>
    summaries
      .where("improvement_scripts.id", "=", opaque(p("id"), 0))
      .select(boundedText("improvement_scripts.code", MAX_CODE_BYTES).as("code")),
  );
  const names = statement()(() =>
    db
      .selectFrom("improvement_scripts")
      .select([readId("id").as("id"), NAME.as("name")])
      .limit(sql.lit(MAX_SUGGESTED)),
  );
  const insert = statement<{
    name: string;
    lang: Script["lang"];
    code: string;
    enabled: number;
    at: string;
  }>()((p) =>
    db.insertInto("improvement_scripts").values({
      id: nextId("improvement_scripts"),
      name: p("name"),
      lang: p("lang"),
      code: p("code"),
      enabled: p("enabled"),
      created_at: p("at"),
    }),
  );
  const edit = statement<{ id: RowId; lang: Script["lang"]; code: string; enabled: number }>()((p) =>
    db
      .updateTable("improvement_scripts")
      .set({ lang: p("lang"), code: p("code"), enabled: p("enabled") })
      .where("id", "=", p("id")),
  );
  const setName = statement<{ id: RowId; name: string }>()((p) =>
    db
      .updateTable("improvement_scripts")
      .set({ name: p("name") })
      .where("id", "=", p("id")),
  );
  // A script with a cron line that cannot be used is due again once its options are edited.
  const revive = statement<{ id: RowId }>()((p) =>
    db
      .updateTable("script_schedule")
      .set({ due_at_ms: sql.lit(0), cron_at_ms: null, failures: sql.lit(0) })
      .where("script_id", "=", p("id"))
      .where("due_at_ms", "is", null)
      .where("cron_at_ms", "=", sql.lit(BAD_CRON_MS))
      .where("script_id", "in", (eb) =>
        eb
          .selectFrom("improvement_scripts")
          .select("id")
          .where("id", "=", p("id"))
          .where(sql<boolean>`enabled`),
      ),
  );
  const scriptOptions = createScriptOptions(db);
  const countRuns = statement<{ id: RowId }>()((p) =>
    db
      .selectFrom("improvement_runs")
      .select(sql<number>`count(*)`.as("runs"))
      .where("script_id", "=", p("id")),
  );
  const removeRuns = statement<{ id: RowId }>()((p) =>
    db.deleteFrom("improvement_runs").where("script_id", "=", p("id")),
  );
  const removeScript = statement<{ id: RowId }>()((p) =>
    db.deleteFrom("improvement_scripts").where("id", "=", p("id")),
  );

  /** Returns the milliseconds that the wall clock is ahead of the store's clock. */
  function* readSkew(): Steps<number> {
    const now = yield* time.read();
    return Math.floor(clock.now()) - now;
  }

  function* requireFree(name: string): Steps<void> {
    const [taken] = yield* run(idByName, { name });
    if (!taken) return;
    const message = `there is already a script named ${JSON.stringify(name)}; choose another name`;
    throw new StoreError("STORE_NAME_TAKEN", message);
  }

  function* get(name: string): Steps<Script> {
    const [row] = yield* run(byId, { id: yield* idOf(name) });
    if (row) return toScript(row, yield* readSkew());
    throw noScript(name, []);
  }

  function* idOf(name: string): Steps<RowId> {
    const rows = yield* run(idByName, { name });
    const [row] = rows;
    if (row && rows.length === 1 && !MAY_STAND_FOR_OTHERS.test(name)) return toId(row.id);
    // A name that is a number, too long or not UTF-8 is the one that lists show.
    const all = yield* run(names, {});
    const listed = all.filter((one) => one.name === name);
    const [only, ...others] = new Map([...rows, ...listed].map((one) => [one.id, one])).values();
    if (only && others.length === 0) return toId(only.id);
    throw noScript(
      name,
      all.map((one) => one.name ?? ""),
    );
  }

  return {
    get,
    idOf,

    *list(after, limit) {
      const rows = yield* run(page, { after, limit });
      const skew = yield* readSkew();
      return rows.map((row) => toSummary(row, skew));
    },

    *add({ name, lang, code, enabled = true, options = {} }) {
      checkName(name);
      checkLang(lang);
      checkCode(code);
      yield* requireFree(name);
      const at = new Date(clock.now()).toISOString();
      yield* run(insert, { name, lang, code, enabled: enabled ? 1 : 0, at });
      yield* scriptOptions.replace(yield* idOf(name), options);
      return yield* get(name);
    },

    *update(name, changes) {
      const script = yield* get(name);
      const { lang = script.lang, code = script.code, options, patchOptions } = changes;
      const { enabled = script.enabled || script.refused !== undefined } = changes;
      checkLang(lang);
      checkCode(code);
      yield* run(edit, { id: script.id, lang, code, enabled: enabled ? 1 : 0 });
      if (options && patchOptions) {
        throw new StoreError("STORE_BAD_SCRIPT", "expected options or patchOptions, got both");
      }
      if (options) yield* scriptOptions.replace(script.id, options);
      if (patchOptions) yield* scriptOptions.patch(script.id, patchOptions);
      if (options || patchOptions) yield* run(revive, { id: script.id });
      return yield* get(name);
    },

    *rename(name, newName) {
      checkName(newName);
      const id = yield* idOf(name);
      if (newName !== name) {
        yield* requireFree(newName);
        yield* run(setName, { id, name: newName });
      }
      return yield* get(newName);
    },

    *remove(name) {
      const id = yield* idOf(name);
      const [counted] = yield* run(countRuns, { id });
      yield* run(removeRuns, { id });
      yield* run(removeScript, { id });
      return { runs: counted?.runs ?? 0 };
    },
  };
}

function noScript(name: string, known: readonly string[]): StoreError {
  const nearest = nearestName(name, known);
  const quoted = JSON.stringify(name);
  if (nearest === name) {
    return new StoreError(
      "STORE_NO_SCRIPT",
      `several scripts are listed by the name ${quoted}; change their names by SQL`,
    );
  }
  const hint =
    nearest === undefined
      ? "`gvpie scripts list` prints all names"
      : `did you mean ${JSON.stringify(nearest)}?`;
  return new StoreError("STORE_NO_SCRIPT", `there is no script named ${quoted}; ${hint}`);
}
