import { sql, type Kysely } from "kysely";
import type { Clock } from "./clock.ts";
import { StoreError } from "./errors.ts";
import {
  boundedText,
  CODE_BYTES,
  integer,
  NAME,
  OPTION_COLUMNS,
  PARAMS,
  paramsText,
  shortText,
  toOptions,
} from "./script-columns.ts";
import { run, statement, type Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";
import {
  MAX_CODE_BYTES,
  type NewScript,
  type Script,
  type ScriptChanges,
  type ScriptOptions,
  type ScriptSummary,
} from "./types.ts";
import { checkCode, checkLang, checkName, checkOptions } from "./validate.ts";

/** Lists and edits scripts. */
export interface Scripts {
  list(after: number, limit: number): Steps<ScriptSummary[]>;
  get(name: string): Steps<Script>;
  add(script: NewScript): Steps<Script>;
  update(name: string, changes: ScriptChanges): Steps<Script>;
  remove(name: string): Steps<{ readonly runs: number }>;
}

export function createScripts(db: Kysely<Tables>, clock: Clock): Scripts {
  const summaries = db
    .selectFrom("improvement_scripts")
    .leftJoin("script_options", "script_options.script_id", "improvement_scripts.id")
    .select([
      "id",
      "lang",
      "enabled",
      NAME.as("name"),
      CODE_BYTES.as("code_bytes"),
      ...OPTION_COLUMNS,
      PARAMS.as("params"),
    ])
    .select([shortText("created_at").as("created_at"), shortText("last_run_at").as("last_run_at")])
    .select([integer("run_count").as("run_count"), integer("success_count").as("success_count")]);

  const page = statement<{ after: number; limit: number }>()((p) =>
    summaries.where("id", ">", p("after")).orderBy("id").limit(p("limit")),
  );
  const byName = statement<{ name: string }>()((p) =>
    summaries
      // Some tools store the name as a BLOB.
      .where("name", "in", [p("name"), sql<string>`cast(${p("name")} as blob)`])
      .select(boundedText("improvement_scripts.code", MAX_CODE_BYTES).as("code")),
  );
  const insert = statement<{
    name: string;
    lang: Script["lang"];
    code: string;
    enabled: number;
    at: string;
  }>()((p) =>
    db.insertInto("improvement_scripts").values({
      name: p("name"),
      lang: p("lang"),
      code: p("code"),
      enabled: p("enabled"),
      created_at: p("at"),
    }),
  );
  const edit = statement<{ id: number; lang: Script["lang"]; code: string; enabled: number }>()((p) =>
    db
      .updateTable("improvement_scripts")
      .set({ lang: p("lang"), code: p("code"), enabled: p("enabled") })
      .where("id", "=", p("id")),
  );
  const removeOptions = statement<{ id: number }>()((p) =>
    db.deleteFrom("script_options").where("script_id", "=", p("id")),
  );
  const addOptions = statement<{
    id: number;
    width: number | null;
    height: number | null;
    background: string | null;
    interval: number | null;
    params: string | null;
  }>()((p) =>
    db.insertInto("script_options").values({
      script_id: p("id"),
      width: p("width"),
      height: p("height"),
      background: p("background"),
      interval_ms: p("interval"),
      params: p("params"),
    }),
  );
  const countRuns = statement<{ id: number }>()((p) =>
    db
      .selectFrom("improvement_runs")
      .select(sql<number>`count(*)`.as("runs"))
      .where("script_id", "=", p("id")),
  );
  const removeRuns = statement<{ id: number }>()((p) =>
    db.deleteFrom("improvement_runs").where("script_id", "=", p("id")),
  );
  const removeScript = statement<{ id: number }>()((p) =>
    db.deleteFrom("improvement_scripts").where("id", "=", p("id")),
  );

  function* find(name: string): Steps<ReturnType<typeof toScript> | undefined> {
    const [row] = yield* run(byName, { name });
    return row && toScript(row);
  }

  function* get(name: string): Steps<Script> {
    const script = yield* find(name);
    if (script) return script;
    throw new StoreError("STORE_NO_SCRIPT", `there is no script named ${JSON.stringify(name)}`);
  }

  function* setOptions(id: number, options: ScriptOptions): Steps<void> {
    yield* run(removeOptions, { id });
    const { width = null, height = null, background = null, intervalMs: interval = null } = options;
    const values = { width, height, background, interval, params: paramsText(options.params) ?? null };
    if (Object.values(values).some((value) => value !== null)) yield* run(addOptions, { id, ...values });
  }

  return {
    get,

    *list(after, limit) {
      const rows = yield* run(page, { after, limit });
      return rows.map(toSummary);
    },

    *add({ name, lang, code, enabled = true, options = {} }) {
      checkName(name);
      checkLang(lang);
      checkCode(code);
      checkOptions(options);
      if (yield* find(name)) {
        const message = `there is already a script named ${JSON.stringify(name)}; choose another name`;
        throw new StoreError("STORE_NAME_TAKEN", message);
      }
      const at = new Date(clock.now()).toISOString();
      yield* run(insert, { name, lang, code, enabled: enabled ? 1 : 0, at });
      const { id } = yield* get(name);
      yield* setOptions(id, options);
      return yield* get(name);
    },

    *update(name, changes) {
      const script = yield* get(name);
      const { lang = script.lang, code = script.code, enabled = script.enabled, options } = changes;
      checkLang(lang);
      checkCode(code);
      yield* run(edit, { id: script.id, lang, code, enabled: enabled ? 1 : 0 });
      if (options) {
        checkOptions(options);
        yield* setOptions(script.id, options);
      }
      return yield* get(name);
    },

    *remove(name) {
      const { id } = yield* get(name);
      const [counted] = yield* run(countRuns, { id });
      yield* run(removeRuns, { id });
      yield* run(removeScript, { id });
      return { runs: counted?.runs ?? 0 };
    },
  };
}

type SummaryRow = Parameters<typeof toOptions>[0] & {
  readonly id: number;
  readonly name: string;
  readonly lang: Script["lang"];
  readonly code_bytes: number;
  readonly enabled: number | null;
  readonly created_at: string | null;
  readonly last_run_at: string | null;
  readonly run_count: number | null;
  readonly success_count: number | null;
};

function toSummary(row: SummaryRow): ScriptSummary {
  return {
    id: row.id,
    name: row.name,
    lang: row.lang,
    codeBytes: row.code_bytes,
    enabled: Boolean(row.enabled),
    createdAt: row.created_at ?? undefined,
    lastRunAt: row.last_run_at ?? undefined,
    runCount: row.run_count ?? 0,
    successCount: row.success_count ?? 0,
    options: toOptions(row),
  };
}

function toScript(row: SummaryRow & { readonly code: string | null }): Script {
  if (row.code === null) {
    const message = `expected at most ${MAX_CODE_BYTES} bytes of code, got ${row.code_bytes}`;
    throw new StoreError("STORE_BAD_SCRIPT", `${JSON.stringify(row.name)}: ${message}`);
  }
  return { ...toSummary(row), code: row.code };
}
