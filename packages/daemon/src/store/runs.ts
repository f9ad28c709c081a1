import type { Kysely } from "kysely";
import { boundedText, flag, readId, integer, NAME, shortText, toId, toInteger } from "./script-columns.ts";
import type { Scripts } from "./scripts.ts";
import { run, statement, type Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";
import type { RowId, Run } from "./types.ts";

/** Longest stdout or stderr in bytes that is read; this package writes less. */
const MAX_OUTPUT_BYTES = 1_048_576;

/** Lists runs for people. */
export interface Runs {
  list(script: string | undefined, before: RowId, limit: number): Steps<Run[]>;
  get(id: RowId): Steps<Run | undefined>;
}

export function createRuns(db: Kysely<Tables>, scripts: Pick<Scripts, "idOf">): Runs {
  const rows = db
    .selectFrom("improvement_runs")
    .leftJoin("improvement_scripts", "improvement_scripts.id", "improvement_runs.script_id")
    .leftJoin("run_capabilities", "run_capabilities.run_id", "improvement_runs.id")
    .select([readId("improvement_runs.id").as("id"), readId("script_id").as("script_id"), NAME.as("name")])
    .select([flag("success").as("success"), shortText("improvement_scripts.lang").as("lang")])
    .select([
      shortText("started_at").as("started_at"),
      shortText("finished_at").as("finished_at"),
      integer("duration_ms").as("duration_ms"),
      shortText("backend").as("backend"),
      shortText("cartridge_path").as("cartridge_path"),
      boundedText("stdout", MAX_OUTPUT_BYTES).as("stdout"),
      boundedText("stderr", MAX_OUTPUT_BYTES).as("stderr"),
    ])
    .select([shortText("run_capabilities.root").as("root"), shortText("run_capabilities.leaf").as("leaf")]);

  const newest = statement<{ before: RowId; limit: number }>()((p) =>
    rows
      .where("improvement_runs.id", "<", p("before"))
      .orderBy("improvement_runs.id", "desc")
      .limit(p("limit")),
  );
  const newestOf = statement<{ script: RowId; before: RowId; limit: number }>()((p) =>
    rows
      .where("script_id", "=", p("script"))
      .where("improvement_runs.id", "<", p("before"))
      .orderBy("improvement_runs.id", "desc")
      .limit(p("limit")),
  );
  const byId = statement<{ id: RowId }>()((p) => rows.where("improvement_runs.id", "=", p("id")));

  return {
    *list(script, before, limit) {
      const found =
        script === undefined
          ? yield* run(newest, { before, limit })
          : yield* run(newestOf, { script: yield* scripts.idOf(script), before, limit });
      return found.map(toRun);
    },
    *get(id) {
      const [row] = yield* run(byId, { id });
      return row && toRun(row);
    },
  };
}

interface RunRow {
  readonly id: number | string | null;
  readonly script_id: number | string | null;
  readonly name: string | null;
  readonly lang: string | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly success: number | null;
  readonly stdout: string | null;
  readonly stderr: string | null;
  readonly duration_ms: number | null;
  readonly backend: string | null;
  readonly cartridge_path: string | null;
  readonly root: string | null;
  readonly leaf: string | null;
}

function toRun(row: RunRow): Run {
  return {
    id: toId(row.id),
    scriptId: toId(row.script_id),
    scriptName: row.name ?? undefined,
    lang: (row.lang ?? undefined) as Run["lang"],
    startedAt: row.started_at ?? "",
    finishedAt: row.finished_at ?? undefined,
    success: row.success === null ? undefined : Boolean(row.success),
    stdout: row.stdout ?? "",
    stderr: row.stderr ?? "",
    durationMs: row.duration_ms === null ? undefined : toInteger(row.duration_ms),
    backend: row.backend ?? undefined,
    cartridgePath: row.cartridge_path ?? undefined,
    ...(row.root !== null && row.leaf !== null && { capability: { root: row.root, leaf: row.leaf } }),
  };
}
