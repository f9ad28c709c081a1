import { sql, type Kysely, type RawBuilder } from "kysely";
import { BLOCK_RUNS, summarizeBlocks, TAIL_START } from "./block-sql.ts";
import { opaque, run, statement, type Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";

/** Blocks that one claim adds, at most: another tool may have added many runs. */
const MAX_ADDED = 64;

/** SQL for the first id of the runs that are in no block yet. */
export const tailStart: RawBuilder<number> = sql.raw(TAIL_START);

/** Keeps the blocks of runs up to date. */
export interface RunBlocks {
  /** Adds blocks if the new run begins one. The block before it stays open, so that most runs of an added block have ended. */
  follow(runId: number): Steps<void>;
  /** Removes those of the blocks that have no runs. */
  dropEmpty(blocks: Iterable<number>): Steps<void>;
}

/** Returns the condition for runs that have not ended, of one script or all. */
export function isOpen(script?: RawBuilder<unknown>): RawBuilder<boolean> {
  const ofScript = script === undefined ? sql`` : sql`script_id = ${opaque(script, 0)} and`;
  return sql<boolean>`improvement_runs.id in (select run_id from open_runs where ${ofScript} true
      union all select id from improvement_runs where ${ofScript} id >= ${tailStart} and +finished_at is null)
    and +finished_at is null`;
}

export function createRunBlocks(db: Kysely<Tables>): RunBlocks {
  // Another tool that removes all runs makes SQLite use their ids again.
  const reopen = statement<{ run: number }>()((p) =>
    db.deleteFrom("run_blocks").where("block", ">=", sql<number>`${p("run")} >> 10`),
  );
  const add = statement<{ run: number }>()((p) => ({
    compile: () => {
      const parts = summarizeBlocks(TAIL_START, "(? >> 10) - 1", MAX_ADDED).split("?");
      return sql`${sql.join(
        parts.map((part) => sql.raw(part)),
        p("run"),
      )}`.compile(db);
    },
  }));
  const dropClosed = statement()(() =>
    db
      .deleteFrom("open_runs")
      .where(
        sql<boolean>`not exists (select 1 from improvement_runs where id = run_id and finished_at is null)`,
      ),
  );
  const tail = statement()(() => db.selectNoFrom(tailStart.as("start")));
  const addOpen = statement<{ from: number }>()((p) =>
    db
      .insertInto("open_runs")
      .orReplace()
      .columns(["script_id", "run_id"])
      .expression((eb) =>
        eb
          .selectFrom("improvement_runs")
          .select(["script_id", "id"])
          .where("id", ">=", p("from"))
          .where("id", "<", tailStart)
          .where("finished_at", "is", null)
          .where("script_id", "is not", null),
      ),
  );
  const dropEmpty = statement<{ block: number }>()((p) =>
    db
      .deleteFrom("run_blocks")
      .where("block", "=", p("block"))
      .where(
        sql<boolean>`not exists (select 1 from improvement_runs where id between ${p("block")} << 10 and (${p("block")} << 10) + 1023)`,
      ),
  );
  /** The block of the last run; a hint, because its transaction may have failed. */
  let last: number | undefined;

  return {
    *follow(runId) {
      const block = Math.floor(runId / BLOCK_RUNS);
      if (block === last) return;
      last = block;
      yield* run(reopen, { run: runId });
      const [before] = yield* run(tail, {});
      yield* run(add, { run: runId });
      yield* run(dropClosed, {});
      yield* run(addOpen, { from: before?.start ?? 0 });
    },
    *dropEmpty(blocks) {
      for (const block of blocks) yield* run(dropEmpty, { block });
    },
  };
}
