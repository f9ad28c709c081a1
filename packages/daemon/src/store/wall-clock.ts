import { sql, type Kysely } from "kysely";
import type { Clock } from "./clock.ts";
import { nextCronMs } from "./cron.ts";
import { CRON_SLACK_MS } from "./next-start.ts";
import { run, statement, type Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";

/** Milliseconds that the clocks may drift apart before the due times of cron lines are derived again. */
const MAX_DRIFT_MS = 500;
/** A jump back of this many milliseconds corrects the clock: times that were planned by the wrong clock no longer count. */
const CORRECTION_MS = 10_800_000;

/**
 * Keeps the due times of cron lines, which follow the wall clock, on the store's clock, which ignores its jumps. The skew is the
 * wall clock minus the store's clock.
 */
export interface WallClock {
  /** Derives the due times again if the skew has moved from `known`, that of the last time. Returns true if it has. */
  follow(now: number, known: number | null): Steps<boolean>;
  /** Reads the known skew, then as {@link WallClock.follow}. */
  check(now: number): Steps<boolean>;
  /** Derives the due times on the scale of a new boot. */
  restart(now: number): Steps<void>;
}

export function createWallClock(db: Kysely<Tables>, clock: Clock): WallClock {
  const readSkew = statement()(() => db.selectFrom("store_state").select("skew_ms"));
  const setSkew = statement<{ skew: number }>()((p) =>
    db
      .insertInto("store_state")
      .values({ id: 1, skew_ms: p("skew") })
      .onConflict((conflict) => conflict.column("id").doUpdateSet({ skew_ms: p("skew") })),
  );
  const planned = db
    .updateTable("script_schedule")
    .where("cron_at_ms", ">=", sql.lit(0))
    .where("due_at_ms", "is not", null)
    .where("due_at_ms", "<>", sql.lit(0));
  // Earlier starts, such as the repetition of a failed run, keep their time.
  const derive = statement<{ old: number; skew: number }>()((p) =>
    planned.set({
      due_at_ms: sql<number>`case when abs(due_at_ms - (cron_at_ms - ${p("old")})) <= ${sql.lit(CRON_SLACK_MS)}
        then cron_at_ms - ${p("skew")} else min(due_at_ms, cron_at_ms - ${p("skew")}) end`,
    }),
  );
  const lines = statement()(() =>
    db.selectFrom("script_options").select(["cron", "time_zone"]).distinct().where("cron", "is not", null),
  );
  const replan = statement<{ cron: string; zone: string | null; at: number; due: number }>()((p) =>
    planned.set({ cron_at_ms: p("at"), due_at_ms: p("due") }).where("script_id", "in", (eb) =>
      eb
        .selectFrom("script_options")
        .select("script_id")
        .where("cron", "=", p("cron"))
        .where(sql<boolean>`time_zone is ${p("zone")}`),
    ),
  );
  const lastSeen = statement()(() =>
    db.selectFrom("workers").select(sql<string | null>`max(seen_at)`.as("seen_at")),
  );

  function* correct(skew: number): Steps<void> {
    const wall = Math.floor(clock.now());
    for (const { cron, time_zone: zone } of yield* run(lines, {})) {
      const at = nextCronMs(cron ?? "", zone ?? undefined, wall);
      if (cron !== null && at !== undefined) yield* run(replan, { cron, zone, at, due: at - skew });
    }
  }

  function* set(old: number, skew: number, jumpedBackMs: number): Steps<void> {
    yield* run(derive, { old, skew });
    if (jumpedBackMs >= CORRECTION_MS) yield* correct(skew);
    yield* run(setSkew, { skew });
  }

  function* follow(now: number, known: number | null): Steps<boolean> {
    const skew = Math.floor(clock.now()) - now;
    if (known !== null && Math.abs(skew - known) <= MAX_DRIFT_MS) return false;
    const old = known ?? skew;
    yield* set(old, skew, old - skew);
    return true;
  }

  return {
    follow,
    *check(now) {
      const [state] = yield* run(readSkew, {});
      return yield* follow(now, state?.skew_ms ?? null);
    },
    *restart(now) {
      const [[state], [last]] = [yield* run(readSkew, {}), yield* run(lastSeen, {})];
      const skew = Math.floor(clock.now()) - now;
      const seenAt = Date.parse(last?.seen_at ?? "");
      yield* set(state?.skew_ms ?? skew, skew, Number.isNaN(seenAt) ? 0 : seenAt - clock.now());
    },
  };
}
