import { Buffer } from "node:buffer";
import { sql, type Kysely, type RawBuilder } from "kysely";
import type { PictureFile, RunSummary, ScriptFilter } from "./browse-types.ts";
import { idsNamed, runInName } from "./cartridge-ids.ts";
import { byLastRun, LAST_RUN, type UsedFile } from "./last-run.ts";
import { flag, integer, NAME, readId, shortText, toId, toInteger } from "./script-columns.ts";
import type { Scripts } from "./scripts.ts";
import { opaque, run, statement, type Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";
import type { Lang, RowId, ScriptSummary } from "./types.ts";

/** Characters of an error in a list. */
const MAX_ERROR = 300;
/** Sorts after every text that begins with what stands before it. */
const LAST = "\u{10ffff}";
/** Sorts after every text, and after every BLOB that is a name. */
const END = Buffer.alloc(4, 0xff);

const LEAST_ID = -(2n ** 63n);

/** The steps of a `BrowseReader`. */
export interface Browse {
  scripts(filter: ScriptFilter): Steps<ScriptSummary[]>;
  script(id: RowId): Steps<ScriptSummary | undefined>;
  runs(script: RowId, limit: number): Steps<RunSummary[]>;
  pictures(script: RowId, limit: number): Steps<PictureFile[]>;
  picture(id: RowId): Steps<PictureFile | undefined>;
  picturesOf(runs: readonly RowId[]): Steps<Map<RowId, PictureFile>>;
}

/** Condition of each state on the row in `script_schedule`. */
const CONDITIONS: Readonly<Record<NonNullable<ScriptFilter["state"]>, RawBuilder<boolean>>> = {
  failing: sql`script_schedule.failures > 0`,
  running: sql`script_schedule.run_id is not null`,
  paused: sql`script_schedule.paused_at is not null`,
  disabled: sql`script_schedule.due_at_ms is null`,
};

export function createBrowse(db: Kysely<Tables>, scripts: Pick<Scripts, "list">): Browse {
  const idsOf = (state: ScriptFilter["state"]) =>
    statement<{ first: string; end: string | Uint8Array; after: RowId | null; limit: number }>()((p) => {
      const name = sql`improvement_scripts.name`;
      const after = sql`(select name from improvement_scripts where id = ${p("after")})`;
      let query = db
        .selectFrom("improvement_scripts")
        .select(readId("improvement_scripts.id").as("id"))
        // The name before is read here, because a name of another type does not survive a link.
        .where(sql<boolean>`${name} >= coalesce(${after}, ${p("first")})`)
        .where(sql<boolean>`${name} < ${opaque(p("end"), "")}`)
        .where(sql<boolean>`improvement_scripts.id is not ${p("after")}`);
      if (state !== undefined) {
        query = query
          .innerJoin("script_schedule", "script_schedule.script_id", "improvement_scripts.id")
          .where(CONDITIONS[state]);
      }
      return query.orderBy(name).limit(opaque(p("limit"), 0));
    });
  const ids = {
    all: idsOf(undefined),
    failing: idsOf("failing"),
    running: idsOf("running"),
    paused: idsOf("paused"),
    disabled: idsOf("disabled"),
  };
  const runsOf = statement<{ script: RowId; limit: number }>()((p) =>
    db
      .selectFrom("improvement_runs")
      .leftJoin("improvement_scripts", "improvement_scripts.id", "improvement_runs.script_id")
      .select([readId("improvement_runs.id").as("id"), readId("script_id").as("script_id"), NAME.as("name")])
      .select([shortText("improvement_scripts.lang").as("lang"), flag("success").as("success")])
      .select([shortText("started_at").as("started_at"), shortText("finished_at").as("finished_at")])
      .select(integer("duration_ms").as("duration_ms"))
      .select(sql<string | null>`substr(cast(stderr as text), 1, ${sql.lit(MAX_ERROR)})`.as("stderr"))
      .where("script_id", "=", opaque(p("script"), 0))
      .orderBy("improvement_runs.id", "desc")
      .limit(opaque(p("limit"), 0)),
  );
  const files = db
    .selectFrom("cartridges")
    .leftJoin("cartridge_roots", "cartridge_roots.id", "cartridges.root_id")
    .select([readId("cartridges.id").as("id"), readId("cartridges.script_id").as("script_id")])
    .select([readId("first_run_id").as("first_run_id"), readId(LAST_RUN).as("last_run_id")])
    .select([shortText("cartridge_roots.uri").as("uri"), shortText("cartridge_roots.host").as("host")])
    .select(shortText("cartridges.key").as("key"));
  const newest = statement<{ script: RowId; limit: number }>()((p) => ({
    compile: () =>
      sql<UsedFile>`${byLastRun(p("script"), "desc")} limit ${opaque(p("limit"), 0)}`.compile(db),
  }));
  const file = statement<{ id: RowId }>()((p) => files.where("cartridges.id", "=", p("id")));
  const pathOf = statement<{ id: RowId }>()((p) =>
    db
      .selectFrom("improvement_runs")
      .select([shortText("cartridge_path").as("path"), readId("script_id").as("script_id")])
      .where("id", "=", p("id")),
  );
  const filesNamed = statement<{ key: string; run: number | null }>()((p) =>
    files.where("cartridges.id", "in", idsNamed(p("key"), p("run"))).limit(sql.lit(10)),
  );

  function* script(id: RowId): Steps<ScriptSummary | undefined> {
    const before = typeof id !== "bigint" ? id - 1 : id === LEAST_ID ? -1e19 : id - 1n;
    const [found] = yield* scripts.list(before, 1);
    return found !== undefined && BigInt(found.id) === BigInt(id) ? found : undefined;
  }

  return {
    script,

    *scripts({ prefix = "", state, after = null, limit = 50 }) {
      const end = prefix === "" ? END : prefix + LAST;
      const found = yield* run(ids[state ?? "all"], { first: prefix, end, after, limit });
      const all: ScriptSummary[] = [];
      for (const { id } of found) {
        const one = yield* script(toId(id));
        if (one) all.push(one);
      }
      return all;
    },

    *runs(script, limit) {
      const rows = yield* run(runsOf, { script, limit });
      return rows.map((row) => ({
        id: toId(row.id),
        scriptId: toId(row.script_id),
        scriptName: row.name ?? undefined,
        lang: (row.lang ?? undefined) as Lang | undefined,
        startedAt: row.started_at ?? "",
        finishedAt: row.finished_at ?? undefined,
        success: row.success === null ? undefined : Boolean(row.success),
        stderr: row.stderr ?? "",
        durationMs: row.duration_ms === null ? undefined : toInteger(row.duration_ms),
      }));
    },

    *pictures(script, limit) {
      const found: PictureFile[] = [];
      for (const { id } of yield* run(newest, { script, limit })) {
        found.push(...(yield* run(file, { id })).map(toFile));
      }
      return found;
    },

    *picture(id) {
      const [row] = yield* run(file, { id });
      return row && toFile(row);
    },

    *picturesOf(runs) {
      const found = new Map<RowId, PictureFile>();
      for (const id of runs) {
        const [row] = yield* run(pathOf, { id });
        if (row?.path == null) continue;
        const key = row.path.slice(row.path.lastIndexOf("/") + 1);
        const candidates = (yield* run(filesNamed, { key, run: runInName(key) })).map(toFile);
        const owner = toId(row.script_id);
        const best = candidates.find(({ scriptId, root }) => scriptId === owner && root !== undefined);
        if (best) found.set(id, best);
      }
      return found;
    },
  };
}

type FileRow = {
  readonly id: number | string | null;
  readonly script_id: number | string | null;
  readonly first_run_id: number | string | null;
  readonly last_run_id: number | string | null;
  readonly uri: string | null;
  readonly host: string | null;
  readonly key: string | null;
};

function toFile(row: FileRow): PictureFile {
  return {
    id: toId(row.id),
    root: row.uri ?? undefined,
    host: row.host ?? undefined,
    key: row.key ?? "",
    scriptId: row.script_id === null ? undefined : toId(row.script_id),
    firstRunId: toId(row.first_run_id),
    lastRunId: toId(row.last_run_id),
  };
}
