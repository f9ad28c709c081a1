import { sql, type Kysely, type RawBuilder } from "kysely";
import type { PruneRules } from "./operation-types.ts";
import { createRunBlocks, isOpen, tailStart } from "./run-blocks.ts";
import { readId, toId } from "./script-columns.ts";
import type { Scripts } from "./scripts.ts";
import { opaque, run, statement, type ParameterOf, type Statement, type Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";
import type { RowId } from "./types.ts";

/** Scripts that one read looks at. */
const SLICE = 200;
/** An id less than those of all scripts. */
export const BEFORE_IDS = -1e19;
/** Text that sorts after every time. */
const ANY_TIME = "\u{10ffff}";

/** More runs than there are. */
const UNLIMITED = 2 ** 52;

/** A part of the scripts, read at a time. */
export interface Slice {
  /** Scripts with runs to delete. */
  readonly scripts: readonly RowId[];
  /** The last script that was looked at, unless more of its runs may be left; undefined at the end. */
  readonly after: RowId | undefined;
  /** Runs to delete, as far as they were counted. */
  readonly runs: number;
}

/** Finds and deletes runs, script by script, because each keeps its newest ones. */
export interface Pruning {
  /** Looks at the scripts with ids greater than `after` until they have `limit` runs to delete. */
  find(rules: PruneRules, after: RowId, limit: number): Steps<Slice>;
  /** Counts the runs to delete of the scripts with ids greater than `after`. */
  count(rules: PruneRules, after: RowId): Steps<Slice>;
  /** Deletes at most `limit` runs of the given scripts, oldest first; returns how many. */
  remove(rules: PruneRules, scripts: readonly RowId[], limit: number): Steps<number>;
}

interface Range {
  readonly script: RowId;
  /** The oldest run that stays for its number. */
  readonly bound: RowId;
  readonly until: string;
  /** All runs with greater ids started later than `until`. */
  readonly end: number;
}

type Limited = Range & { readonly limit: number };

export function createPruning(db: Kysely<Tables>, scripts: Pick<Scripts, "idOf">): Pruning {
  const blocks = createRunBlocks(db);
  // From the runs and not from the scripts: another tool may have removed a script but not its runs.
  const nextScript = statement<{ after: RowId }>()((p) =>
    db
      .selectFrom("improvement_runs")
      .select(readId("script_id").as("script"))
      .where("script_id", ">", p("after"))
      .orderBy("script_id")
      .limit(sql.lit(1)),
  );
  const countOpen = statement<{ script: RowId; from: RowId }>()((p) =>
    db
      .selectFrom("improvement_runs")
      .select(sql<number>`count(*)`.as("runs"))
      .where(isOpen(p("script")))
      .where(sql<boolean>`+id >= ${p("from")}`),
  );
  const oldEnd = statement<{ until: string }>()((p) =>
    db.selectNoFrom(
      sql<number>`case when exists (select 1 from improvement_runs where id >= ${tailStart} and started_at < ${p("until")})
        then 1e19 else coalesce((select (max(block) + 1) << 10 from run_blocks where first_at < ${p("until")}), 0) end`.as(
        "end",
      ),
    ),
  );
  const newest = statement<{ script: RowId; skip: number }>()((p) =>
    db
      .selectFrom("improvement_runs")
      .select(readId("id").as("id"))
      .where("script_id", "=", opaque(p("script"), 0))
      .orderBy("id", "desc")
      .limit(sql.lit(1))
      .offset(opaque(p("skip"), 0)),
  );

  /**
   * Conditions of a range. Times are compared as text, so those in another format never count as old: `1700000000` would, as the
   * year 1700.
   */
  const inRange = (p: ParameterOf<Range>, byTime: boolean): RawBuilder<boolean> =>
    byTime
      ? sql<boolean>`script_id = ${opaque(p("script"), 0)} and started_at >= '1970'
          and started_at < coalesce(${p("until")}, '')
          and started_at glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*' and id < min(${p("bound")}, ${p("end")})`
      : sql<boolean>`script_id = ${opaque(p("script"), 0)} and id < ${p("bound")}`;
  const [countInOrder, countByTime] = [false, true].map((byTime) =>
    statement<Limited>()((p) => {
      const first = sql`select 1 from improvement_runs where ${inRange(p, byTime)} limit ${opaque(p("limit"), 0)}`;
      return db.selectNoFrom(sql<number>`(select count(*) from (${first}))`.as("runs"));
    }),
  ) as [Statement<Limited, { runs: number }>, Statement<Limited, { runs: number }>];
  const countOpenInRange = statement<Range>()((p) =>
    db
      .selectFrom("improvement_runs")
      .select(sql<number>`count(*)`.as("runs"))
      .where(isOpen(p("script")))
      .where(sql<boolean>`+started_at < ${p("until")}`)
      .where(sql<boolean>`+id < ${p("bound")}`),
  );
  const [removeInOrder, removeByTime] = [false, true].map((byTime) =>
    statement<Limited>()((p) =>
      db
        .deleteFrom("improvement_runs")
        .where(
          sql<boolean>`id in (select id from improvement_runs where ${inRange(p, byTime)}
            and +finished_at is not null order by id limit ${opaque(p("limit"), 0)})`,
        )
        .returning(sql<number>`id >> 10`.as("block")),
    ),
  ) as [Statement<Limited, { block: number }>, Statement<Limited, { block: number }>];

  /** Returns the range of the runs of a script that may be deleted; undefined if all stay for their number. */
  function* rangeOf(
    { olderThan, keep = 1 }: PruneRules,
    script: RowId,
    end: number,
  ): Steps<Range | undefined> {
    // Counting finished runs would read their rows; counting all and then the few open ones reads indexes.
    for (let open = 0; ;) {
      const [found] = yield* run(newest, { script, skip: keep - 1 + open });
      if (!found) return undefined;
      const bound = toId(found.id);
      const [counted] = yield* run(countOpen, { script, from: bound });
      const isExact = counted === undefined || counted.runs === open;
      if (isExact) return { script, bound, until: olderThan ?? ANY_TIME, end };
      open = counted.runs;
    }
  }

  /** Returns an id; all runs with greater ones are too new to be deleted. */
  function* endOf({ olderThan: until }: PruneRules): Steps<number> {
    return (until === undefined ? undefined : (yield* run(oldEnd, { until }))[0]?.end) ?? Infinity;
  }

  /** Counts the runs of a script to delete, up to about `limit`. */
  function* countOf(rules: PruneRules, script: RowId, end: number, limit: number): Steps<number> {
    const range = yield* rangeOf(rules, script, end);
    if (range === undefined) return 0;
    const [open] = yield* run(countOpenInRange, range);
    const unfinished = open?.runs ?? 0;
    const count = rules.olderThan === undefined ? countInOrder : countByTime;
    const [all] = yield* run(count, { ...range, limit: limit + unfinished });
    return Math.max(0, (all?.runs ?? 0) - unfinished);
  }

  /** Looks at scripts until they have `limit` runs to delete. */
  function* look(rules: PruneRules, first: RowId, limit: number): Steps<Slice> {
    const found: RowId[] = [];
    const end = yield* endOf(rules);
    let after = first;
    let runs = 0;
    if (rules.script !== undefined) {
      const script = yield* scripts.idOf(rules.script);
      runs = yield* countOf(rules, script, end, limit);
      return { scripts: runs > 0 ? [script] : [], after: undefined, runs };
    }
    for (let looked = 0; looked < SLICE; looked++) {
      const [row] = yield* run(nextScript, { after });
      if (!row) return { scripts: found, after: undefined, runs };
      const script = toId(row.script);
      const count = yield* countOf(rules, script, end, limit);
      if (count > 0) found.push(script);
      runs += count;
      // More of this script may be left after the next deletion.
      if (runs >= limit) return { scripts: found, after, runs };
      after = script;
    }
    return { scripts: found, after, runs };
  }

  return {
    find: look,
    count: (rules, after) => look(rules, after, UNLIMITED),

    *remove(rules, ids, limit) {
      const remove = rules.olderThan === undefined ? removeInOrder : removeByTime;
      const end = yield* endOf(rules);
      const touched = new Set<number>();
      let removed = 0;
      for (const script of ids) {
        if (removed >= limit) break;
        const range = yield* rangeOf(rules, script, end);
        const rows = range ? yield* run(remove, { ...range, limit: limit - removed }) : [];
        for (const { block } of rows) touched.add(block);
        removed += rows.length;
      }
      yield* blocks.dropEmpty(touched);
      return removed;
    },
  };
}
