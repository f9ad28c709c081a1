import { sql, type Kysely } from "kysely";
import type { Clock } from "./clock.ts";
import { run, statement, type Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";
import type { WallClock } from "./wall-clock.ts";

/**
 * The time scale of due times and leases: the wall clock in milliseconds as the first process of a boot read it, advanced by the
 * monotonic clock. All processes of the boot agree on it even if the wall clock jumps.
 */
export interface StoreTime {
  /** Returns the time; undefined before {@link StoreTime.now} has run. */
  peek(): number | undefined;
  /**
   * Returns the time inside a write transaction. The first call after a boot sets the scale: all leases from before expire, and no
   * script is due later than its interval (by default `intervalMs`) from now, or at the time of its cron line.
   */
  now(intervalMs: number): Steps<number>;
  /** Returns the time without setting the scale: before the first claim of a boot, the wall clock. */
  read(): Steps<number>;
}

export function createStoreTime(db: Kysely<Tables>, clock: Clock, wallClock: WallClock): StoreTime {
  const readAnchor = statement()(() =>
    db.selectFrom("store_clock").select(["boot", "offset_ms"]).where("id", "=", 1),
  );
  const removeAnchor = statement()(() => db.deleteFrom("store_clock"));
  const setAnchor = statement<{ offset: number }>()((p) =>
    db.insertInto("store_clock").values({ id: 1, boot: clock.boot, offset_ms: p("offset") }),
  );
  const expireLeases = statement<{ now: number }>()((p) =>
    db
      .updateTable("script_schedule")
      .set({ lease_until_ms: p("now") })
      .where("run_id", "is not", null),
  );
  const capDueTimes = statement<{ now: number; interval: number }>()((p) => {
    const latest = sql<number>`${p("now")} + coalesce(
      (select interval_ms from script_options where script_options.script_id = script_schedule.script_id),
      ${p("interval")})`;
    return db
      .updateTable("script_schedule")
      .set({ due_at_ms: latest })
      .where("cron_at_ms", "is", null)
      .where("due_at_ms", ">", latest);
  });

  let offset: number | undefined;
  const peek = (): number | undefined => (offset === undefined ? undefined : clock.monotonic() + offset);
  function* anchored(): Steps<number | undefined> {
    if (offset === undefined) {
      const [anchor] = yield* run(readAnchor, {});
      if (anchor?.boot === clock.boot) offset = anchor.offset_ms;
    }
    return peek();
  }

  return {
    peek,
    *read() {
      return (yield* anchored()) ?? Math.floor(clock.now());
    },
    *now(intervalMs) {
      const known = yield* anchored();
      if (known !== undefined) return known;
      const now = Math.floor(clock.now());
      yield* run(removeAnchor, {});
      yield* run(setAnchor, { offset: now - clock.monotonic() });
      yield* run(expireLeases, { now });
      yield* run(capDueTimes, { now, interval: intervalMs });
      yield* wallClock.restart(now);
      return now;
    },
  };
}
