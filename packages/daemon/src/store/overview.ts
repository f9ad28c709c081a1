import { sql, type Kysely } from "kysely";
import type { OverdueScript, Overview } from "./operation-types.ts";
import { integer, NAME, readId, shortText, toId, toInteger } from "./script-columns.ts";
import { run, statement, type Steps } from "./statement.ts";
import type { StoreTime } from "./store-time.ts";
import type { Tables } from "./tables.ts";
import { LANGS, type Lang } from "./types.ts";
import type { Workers } from "./workers.ts";

/** Most entries of each list. */
const MAX_LISTED = 100;
/** Failed runs that are counted at most. */
const MAX_FAILED_RUNS = 10_000;
/** Disabled scripts among which the refused ones are counted. */
const MAX_DISABLED = 2_000;
const DEFAULT_OVERDUE_AFTER_MS = 10_000;

/** Reads the present state of the store. */
export type ReadOverview = (options: {
  readonly failuresSince: string;
  readonly overdueAfterMs?: number;
}) => Steps<Overview>;

export function createOverview(db: Kysely<Tables>, time: StoreTime, workers: Workers): ReadOverview {
  const countScripts = statement()(() =>
    db.selectFrom("improvement_scripts").select(sql<number>`count(*)`.as("total")),
  );
  const countSchedule = statement()(() =>
    db.selectFrom("script_schedule").select(sql<number>`count(*)`.as("scheduled")),
  );
  const countOff = statement()(() =>
    db
      .selectFrom("script_schedule")
      .select(sql<number>`count(*)`.as("off"))
      .where("due_at_ms", "is", null),
  );
  const countPaused = statement()(() =>
    db
      .selectFrom("script_schedule")
      .select(sql<number>`count(*)`.as("paused"))
      .where("paused_at", "is not", null),
  );
  // The column `enabled` lies behind the code in the rows, so it is read for scripts that do not run only.
  const countRefused = statement()(() =>
    db
      .selectFrom("improvement_scripts")
      .select(sql<number>`count(*)`.as("refused"))
      .where(sql<boolean>`enabled`)
      .where("id", "in", (eb) =>
        eb
          .selectFrom("script_schedule")
          .select("script_id")
          .where("due_at_ms", "is", null)
          .limit(sql.lit(MAX_DISABLED)),
      ),
  );
  const readState = statement()(() =>
    db.selectFrom("store_state").select(shortText("store_state.paused_at").as("paused_at")),
  );
  const listRunning = statement()(() =>
    db
      .selectFrom("script_schedule")
      .innerJoin("improvement_scripts", "improvement_scripts.id", "script_schedule.script_id")
      .leftJoin("improvement_runs", "improvement_runs.id", "script_schedule.run_id")
      .select([
        readId("script_schedule.run_id").as("run_id"),
        NAME.as("name"),
        shortText("script_schedule.lang").as("lang"),
        shortText("improvement_runs.started_at").as("started_at"),
        shortText("script_schedule.holder").as("holder"),
      ])
      .where("script_schedule.run_id", "is not", null)
      .orderBy("script_schedule.run_id")
      .limit(sql.lit(MAX_LISTED)),
  );
  const countRunning = statement()(() =>
    db
      .selectFrom("script_schedule")
      .select(sql<number>`count(*)`.as("running"))
      .where("run_id", "is not", null),
  );
  const idle = db.selectFrom("script_schedule").where("run_id", "is", null).where("paused_at", "is", null);
  const countDue = statement<{ lang: Lang; before: number }>()((p) =>
    idle
      .select(sql<number>`count(*)`.as("due"))
      .where("script_schedule.lang", "=", p("lang"))
      .where("due_at_ms", "<=", p("before")),
  );
  // Due times of 0 belong to scripts that no loop has seen since they were edited.
  const late = idle.where("due_at_ms", ">", sql.lit(0));
  const countOverdue = statement<{ lang: Lang; before: number }>()((p) =>
    late
      .select(sql<number>`count(*)`.as("overdue"))
      .where("script_schedule.lang", "=", p("lang"))
      .where("due_at_ms", "<", p("before")),
  );
  const listOverdue = statement<{ lang: Lang; before: number }>()((p) =>
    late
      .innerJoin("improvement_scripts", "improvement_scripts.id", "script_schedule.script_id")
      .leftJoin("script_options", "script_options.script_id", "script_schedule.script_id")
      .select([NAME.as("name"), integer("due_at_ms").as("due_at_ms")])
      .select(
        sql<number | null>`case when cron is null then ${integer("interval_ms")} else 0 end`.as(
          "interval_ms",
        ),
      )
      .where("script_schedule.lang", "=", p("lang"))
      .where("due_at_ms", "<", p("before"))
      .orderBy("due_at_ms")
      .limit(sql.lit(MAX_LISTED)),
  );
  const firstDue = statement<{ lang: Lang }>()((p) =>
    idle
      .select("due_at_ms")
      .where("script_schedule.lang", "=", p("lang"))
      .where("due_at_ms", "is not", null)
      .orderBy("due_at_ms")
      .limit(sql.lit(1)),
  );
  const findRequest = statement()(() =>
    db
      .selectFrom("run_requests")
      .crossJoin("script_schedule")
      .whereRef("script_schedule.script_id", "=", "run_requests.script_id")
      .select("run_requests.id")
      .where("run_requests.run_id", "is", null)
      .where("script_schedule.run_id", "is", null)
      .limit(sql.lit(1)),
  );
  const countFailures = statement<{ since: string }>()((p) =>
    db
      .selectFrom((eb) =>
        eb
          .selectFrom("improvement_runs")
          .select("started_at")
          .where("success", "=", sql.lit(0))
          .where("started_at", ">=", p("since"))
          .limit(sql.lit(MAX_FAILED_RUNS))
          .as("failed"),
      )
      .select(sql<number>`count(*)`.as("failed")),
  );
  const listFailing = statement()(() =>
    db
      .selectFrom((eb) =>
        eb
          .selectFrom("script_schedule")
          .select(["script_id", "lang", "failures"])
          .where("failures", ">", sql.lit(0))
          // An operator who disables or pauses a script knows of it.
          .where("due_at_ms", "is not", null)
          .where("paused_at", "is", null)
          .orderBy("failures", "desc")
          .limit(sql.lit(MAX_LISTED))
          .as("failing"),
      )
      .innerJoin("improvement_scripts", "improvement_scripts.id", "failing.script_id")
      .select([
        readId("failing.script_id").as("script_id"),
        NAME.as("name"),
        shortText("failing.lang").as("lang"),
        integer("failing.failures").as("failures"),
      ])
      .orderBy("failing.failures", "desc"),
  );

  function* readDue(
    now: number,
    overdueAfterMs: number,
  ): Steps<Pick<Overview, "dueCount" | "overdue" | "overdueCount" | "nextDueInMs">> {
    let [dueCount, overdueCount, next] = [0, 0, Infinity];
    const overdue: OverdueScript[] = [];
    for (const lang of LANGS) {
      const before = now - overdueAfterMs;
      const [[due], [late], [first]] = [
        yield* run(countDue, { lang, before: now }),
        yield* run(countOverdue, { lang, before }),
        yield* run(firstDue, { lang }),
      ];
      dueCount += due?.due ?? 0;
      overdueCount += late?.overdue ?? 0;
      next = Math.min(next, first?.due_at_ms ?? Infinity);
      for (const row of yield* run(listOverdue, { lang, before })) {
        overdue.push({
          name: row.name,
          lang,
          lateMs: now - toInteger(row.due_at_ms ?? 0),
          ...(row.interval_ms !== null && { intervalMs: toInteger(row.interval_ms) }),
        });
      }
    }
    return {
      dueCount,
      overdue: overdue.sort((a, b) => b.lateMs - a.lateMs).slice(0, MAX_LISTED),
      overdueCount,
      nextDueInMs: next === Infinity ? undefined : Math.max(0, next - now),
    };
  }

  return function* readOverview({ failuresSince, overdueAfterMs = DEFAULT_OVERDUE_AFTER_MS }) {
    const now = yield* time.read();
    const [[scripts], [schedule], [off], [paused], [refused], [state], [running], [failed]] = [
      yield* run(countScripts, {}),
      yield* run(countSchedule, {}),
      yield* run(countOff, {}),
      yield* run(countPaused, {}),
      yield* run(countRefused, {}),
      yield* run(readState, {}),
      yield* run(countRunning, {}),
      yield* run(countFailures, { since: failuresSince }),
    ];
    const pausedAt = state?.paused_at ?? undefined;
    const none = { dueCount: 0, overdue: [], overdueCount: 0, nextDueInMs: undefined };
    const [request] = yield* run(findRequest, {});
    return {
      scripts: {
        total: scripts?.total ?? 0,
        enabled: (schedule?.scheduled ?? 0) - (off?.off ?? 0),
        paused: paused?.paused ?? 0,
        refused: refused?.refused ?? 0,
      },
      pausedAt,
      workers: yield* workers.list(),
      running: (yield* run(listRunning, {})).map((row) => ({
        runId: toId(row.run_id),
        name: row.name,
        lang: (row.lang ?? "") as Lang,
        startedAt: row.started_at ?? "",
        worker: row.holder ?? undefined,
      })),
      runningCount: running?.running ?? 0,
      ...(pausedAt === undefined ? yield* readDue(now, overdueAfterMs) : none),
      ...(request && { nextDueInMs: 0 }),
      failures: {
        runs: failed?.failed ?? 0,
        scripts: (yield* run(listFailing, {})).map((row) => ({
          id: toId(row.script_id),
          name: row.name,
          lang: (row.lang ?? "") as Lang,
          failures: toInteger(row.failures ?? 0),
        })),
      },
    };
  };
}
