import { sql, type Kysely, type SelectQueryBuilder } from "kysely";

import type { RunFilter } from "./operation-types.ts";
import { checkRunFilter } from "./run-filter.ts";
import { boundedText, flag, readId, integer, NAME, shortText, toId, toInteger } from "./script-columns.ts";
import type { Scripts } from "./scripts.ts";
import { isOpen, tailStart } from "./run-blocks.ts";
import { opaque, run, statement, type ParameterOf, type Statement, type Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";
import type { RowId, Run } from "./types.ts";

/** Longest stdout or stderr in bytes that is read; this package writes less. */
const MAX_OUTPUT_BYTES = 1_048_576;

/** A number greater than every id. */
const BEYOND_IDS = 1e19;
/** Text that sorts after every time. */
const BEYOND_TIMES = "\u{10ffff}";

/** Lists runs for people. */
export interface Runs {
  list(filter: RunFilter): Steps<Run[]>;
  get(id: RowId): Steps<Run | undefined>;
}

export function createRuns(db: Kysely<Tables>, scripts: Pick<Scripts, "idOf">): Runs {
  const rows = read(db.selectFrom("improvement_runs"));
  const inBlocks = (p: ParameterOf<PageValues>) =>
    read(
      db
        .selectFrom("run_blocks")
        // A cross join keeps the order of the tables.
        .crossJoin("improvement_runs")
        .where("last_at", ">=", p("since"))
        .where("first_at", "<", p("until"))
        .where(sql<boolean>`block << 10 < ${p("before")}`)
        .orderBy("block", "desc"),
    );

  const pages = new Map<string, Page>();
  const startOf = statement<{ id: RowId }>()((p) =>
    db
      .selectFrom("improvement_runs")
      .select(shortText("started_at").as("at"))
      .where("id", "<=", p("id"))
      .orderBy("id", "desc")
      .limit(sql.lit(1)),
  );

  /**
   * Builds the statement for one combination of filters. Each walks one index in the order of the list, so that a page costs about the
   * same for any number of runs. A plus sign keeps a column from choosing another index.
   */
  function pageOf(kind: Kind): Page {
    const key = JSON.stringify(kind);
    const known = pages.get(key);
    if (known) return known;
    const { hasScript, result, isTimed, part } = kind;
    // Without the name of the table, ORDER BY would mean the column of the result, which no index has.
    const id = sql.ref("improvement_runs.id");
    const started = sql.ref("improvement_runs.started_at");
    const byTime = part === "times";
    const at = byTime ? started : sql`+${started}`;
    const made: Page = statement<PageValues>()((p) => {
      let page = part === "blocks" ? inBlocks(p) : rows;
      if (hasScript) page = page.where("script_id", "=", opaque(p("script"), 0));
      if (result === "failed") page = page.where("success", "=", sql.lit(0));
      if (result === "succeeded") page = page.where(sql<boolean>`success`);
      if (result === "running") page = page.where(isOpen(hasScript ? p("script") : undefined));
      if (isTimed || byTime) {
        page = page
          .where(sql<boolean>`${at} >= coalesce(${p("since")}, '')`)
          .where(sql<boolean>`+${started} < ${p("until")}`);
      }
      if (byTime) {
        return page
          .where(sql<boolean>`${at} <= coalesce(${p("upTo")}, '')`)
          .where(sql<boolean>`(+${started} < ${p("beforeAt")} or +${id} < ${p("before")})`)
          .orderBy(at, "desc")
          .orderBy(id, "desc")
          .limit(opaque(p("limit"), 0));
      }
      page = page.where(sql<boolean>`${id} < ${p("before")}`);
      if (part === "tail") page = page.where(sql<boolean>`${id} >= ${tailStart}`);
      if (part === "negative") page = page.where(sql<boolean>`${id} < 0`);
      if (part === "blocks") {
        page = page.where(sql<boolean>`${id} between block << 10 and (block << 10) + 1023`);
      }
      return page.orderBy(id, "desc").limit(opaque(p("limit"), 0));
    });
    pages.set(key, made);
    return made;
  }

  const byId = statement<{ id: RowId }>()((p) => rows.where("improvement_runs.id", "=", p("id")));

  return {
    *list(filter) {
      checkRunFilter(filter);
      const { script, result, since = "", until = BEYOND_TIMES, before = BEYOND_IDS, limit = 50 } = filter;
      const isTimed = filter.since !== undefined || filter.until !== undefined;
      const id = script === undefined ? 0 : yield* scripts.idOf(script);
      let beforeAt = BEYOND_TIMES;
      if (result === "failed" && filter.before !== undefined) {
        const [row] = yield* run(startOf, { id: before });
        if (!row) return [];
        beforeAt = row.at ?? "";
      }
      // SQLite walks an index from one bound only.
      const upTo = beforeAt < until ? beforeAt : until;
      const found: RunRow[] = [];
      for (const part of partsOf(result, isTimed)) {
        const left = limit - found.length;
        if (left <= 0) break;
        const page = pageOf({ hasScript: script !== undefined, result, isTimed, part });
        found.push(...(yield* run(page, { script: id, before, beforeAt, since, until, upTo, limit: left })));
      }
      return found.map(toRun);
    },
    *get(id) {
      const [row] = yield* run(byId, { id });
      return row && toRun(row);
    },
  };
}

function read(runs: SelectQueryBuilder<Tables, "improvement_runs", object>) {
  return runs
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
}

/** The filters of a list that its statement depends on. */
interface Kind {
  readonly hasScript: boolean;
  readonly result: RunFilter["result"];
  readonly isTimed: boolean;
  readonly part: Part;
}

/** `times`: all, by start time. The others are by id: `all`, or those in no block yet, in blocks, and with ids below 0. */
type Part = "times" | "all" | "tail" | "blocks" | "negative";

function partsOf(result: RunFilter["result"], isTimed: boolean): readonly Part[] {
  if (result === "failed") return ["times"];
  return isTimed && result !== "running" ? ["tail", "blocks", "negative"] : ["all"];
}

interface PageValues {
  readonly script: RowId;
  readonly before: RowId;
  /** Start time of the run `before`. */
  readonly beforeAt: string;
  readonly since: string;
  readonly until: string;
  /** The lesser of `beforeAt` and `until`. */
  readonly upTo: string;
  readonly limit: number;
}

type Page = Statement<PageValues, RunRow>;

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
