import { failpoint } from "@gvpie/file-socket/process";
import { sql, type Kysely } from "kysely";
import { backoffMs, retryMs } from "./backoff.ts";
import { createCartridgeFiles, RELEASED } from "./cartridge-files.ts";
import { placeOf } from "./cartridge-root.ts";
import type { Clock } from "./clock.ts";
import { run, statement, type Steps } from "./statement.ts";
import type { StoreTime } from "./store-time.ts";
import type { Tables } from "./tables.ts";
import type { RunOutcome } from "./types.ts";

/** Records how runs ended. Only this code changes the counters. */
export interface Outcomes {
  finish(outcomes: readonly RunOutcome[], intervalMs: number): Steps<Set<number>>;
  failExpired(stderr: string, intervalMs: number): Steps<number[]>;
  findRender(scriptId: number, fingerprint: string): Steps<string | undefined>;
}

type RecordedOutcome = Omit<RunOutcome, "durationMs"> & { readonly durationMs: number | null };

interface FailedSchedule {
  readonly failures: number;
  readonly due_at_ms: number | null;
  readonly interval_ms: number | null;
  readonly cron: string | null;
  readonly retries: number | null;
}

/** Returns the next start after a failure: early for a repetition, late for a script that keeps failing. */
function dueAfterFailure(
  regular: number,
  failures: number,
  { interval_ms: own, cron, retries }: FailedSchedule,
  now: number,
  intervalMs: number,
): number {
  if (failures <= (retries ?? 0)) return Math.min(regular, now + retryMs(failures));
  if (cron !== null) return regular;
  return Math.max(regular, now + backoffMs(failures - (retries ?? 0), own ?? intervalMs));
}

export function createOutcomes(db: Kysely<Tables>, time: StoreTime, clock: Clock): Outcomes {
  const files = createCartridgeFiles(db);
  // `finished_at IS NULL` makes recording happen once: the first process that finishes a run closes its row.
  const closeRun = statement<{
    id: number;
    finishedAt: string;
    success: number;
    stdout: string;
    stderr: string;
    durationMs: number | null;
    backend: string | null;
    cartridgePath: string | null;
  }>()((p) =>
    db
      .updateTable("improvement_runs")
      .set({
        finished_at: p("finishedAt"),
        success: p("success"),
        stdout: p("stdout"),
        stderr: p("stderr"),
        duration_ms: p("durationMs"),
        backend: p("backend"),
        cartridge_path: p("cartridgePath"),
      })
      .where("id", "=", p("id"))
      .where("finished_at", "is", null)
      .returning(["script_id", "started_at"]),
  );

  const countRun = statement<{ script: number; startedAt: string; success: number }>()((p) =>
    db
      .updateTable("improvement_scripts")
      .set((eb) => ({
        last_run_at: p("startedAt"),
        run_count: sql<number>`coalesce(${eb.ref("run_count")}, 0) + 1`,
        success_count: sql<number>`coalesce(${eb.ref("success_count")}, 0) + ${p("success")}`,
      }))
      .where("id", "=", p("script")),
  );

  const release = statement<{ script: number; run: number }>()((p) =>
    db
      .updateTable("script_schedule")
      .set(RELEASED)
      .where("script_id", "=", p("script"))
      .where("run_id", "=", p("run")),
  );

  const readFailures = statement<{ script: number; run: number }>()((p) =>
    db
      .selectFrom("script_schedule")
      .leftJoin("script_options", "script_options.script_id", "script_schedule.script_id")
      .where("script_schedule.script_id", "=", p("script"))
      .where("run_id", "=", p("run"))
      .select(["failures", "due_at_ms", "interval_ms", "cron", "retries"]),
  );

  const postpone = statement<{ script: number; due: number | null; failures: number }>()((p) =>
    db
      .updateTable("script_schedule")
      .set({ due_at_ms: p("due"), failures: p("failures") })
      .where("script_id", "=", p("script")),
  );

  const readRender = statement<{ script: number; fingerprint: string }>()((p) =>
    db
      .selectFrom("script_renders")
      .select("cartridge_path")
      .where("script_id", "=", p("script"))
      .where("fingerprint", "=", p("fingerprint")),
  );

  const setRender = statement<{ script: number; fingerprint: string; path: string }>()((p) =>
    db
      .insertInto("script_renders")
      .orReplace()
      .columns(["script_id", "fingerprint", "cartridge_path"])
      .expression((eb) =>
        eb
          .selectFrom("improvement_scripts")
          .select(["id", p("fingerprint").as("fingerprint"), p("path").as("cartridge_path")])
          .where("id", "=", p("script")),
      ),
  );

  const removeCapability = statement<{ run: number }>()((p) =>
    db.deleteFrom("run_capabilities").where("run_id", "=", p("run")),
  );

  const addCapability = statement<{ run: number; root: string; leaf: string }>()((p) =>
    db.insertInto("run_capabilities").values({ run_id: p("run"), root: p("root"), leaf: p("leaf") }),
  );

  const expired = statement<{ now: number }>()((p) =>
    db
      .selectFrom("script_schedule")
      .select(["script_id", "run_id"])
      .where("run_id", "is not", null)
      .where("lease_until_ms", "<=", p("now")),
  );

  function* finish(outcome: RecordedOutcome, now: number, intervalMs: number): Steps<boolean> {
    const success = outcome.success ? 1 : 0;
    failpoint("daemon/record/before-finish");
    const [row] = yield* run(closeRun, {
      id: outcome.runId,
      finishedAt: new Date(clock.now()).toISOString(),
      success,
      stdout: outcome.stdout,
      stderr: outcome.stderr,
      durationMs: outcome.durationMs,
      backend: outcome.backend ?? null,
      cartridgePath: outcome.cartridgePath ?? null,
    });
    if (!row) return false;
    failpoint("daemon/record/after-finish");
    const script = row.script_id;
    yield* run(countRun, { script, startedAt: row.started_at, success });
    failpoint("daemon/record/after-count");

    const [schedule] = outcome.success ? [] : yield* run(readFailures, { script, run: outcome.runId });
    const place = outcome.cartridgePath === undefined ? undefined : placeOf(outcome.cartridgePath);
    const isAgain = place !== undefined && (yield* files.releaseAgain(script, outcome.runId, place));
    if (!isAgain) yield* run(release, { script, run: outcome.runId });
    if (schedule) yield* postponeFailed(script, schedule, outcome, now, intervalMs);
    failpoint("daemon/record/after-release");

    if (outcome.capability !== undefined) {
      // Another tool may have replaced the run of an earlier row with this id, which runs no trigger.
      yield* run(removeCapability, { run: outcome.runId });
      yield* run(addCapability, { run: outcome.runId, ...outcome.capability });
    }
    if (place && !isAgain) {
      const { key, ...root } = place;
      yield* files.record({ root, key, script, runId: outcome.runId, bytes: outcome.cartridgeBytes });
    }
    if (outcome.fingerprint !== undefined && outcome.cartridgePath !== undefined) {
      yield* run(setRender, { script, fingerprint: outcome.fingerprint, path: outcome.cartridgePath });
      failpoint("daemon/record/after-remember");
    }
    return true;
  }

  function* postponeFailed(
    script: number,
    schedule: FailedSchedule,
    outcome: RecordedOutcome,
    now: number,
    intervalMs: number,
  ): Steps<void> {
    const failures = schedule.failures + (outcome.stopped ? 0 : 1);
    const { due_at_ms: due } = schedule;
    // NULL: disabled while it ran. 0: edited while it ran, so it starts at once.
    const isPlanned = due !== null && due !== 0;
    let next = due;
    if (isPlanned) next = outcome.stopped ? now : dueAfterFailure(due, failures, schedule, now, intervalMs);
    yield* run(postpone, { script, due: next, failures });
  }

  return {
    *finish(outcomes, intervalMs) {
      const now = yield* time.now(intervalMs);
      const recorded = new Set<number>();
      for (const outcome of outcomes) {
        if (yield* finish(outcome, now, intervalMs)) recorded.add(outcome.runId);
      }
      return recorded;
    },

    *failExpired(stderr, intervalMs) {
      const now = yield* time.now(intervalMs);
      const failed: number[] = [];
      for (const row of yield* run(expired, { now })) {
        const runId = Number(row.run_id);
        const outcome = { runId, success: false, stdout: "", stderr, durationMs: null };
        if (yield* finish(outcome, now, intervalMs)) {
          failed.push(runId);
        } else {
          // Another tool deleted or finished the row: nothing to record, but the script must be released.
          yield* run(release, { script: row.script_id, run: runId });
        }
      }
      return failed;
    },

    *findRender(scriptId, fingerprint) {
      const [row] = yield* run(readRender, { script: scriptId, fingerprint });
      return row?.cartridge_path;
    },
  };
}
