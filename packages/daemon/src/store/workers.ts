import { sql, type Kysely } from "kysely";
import type { Clock } from "./clock.ts";
import type { Worker, WorkerBeat, WorkerState } from "./operation-types.ts";
import { boundedText, integer, shortText } from "./script-columns.ts";
import { run, statement, type Steps } from "./statement.ts";
import type { StoreTime } from "./store-time.ts";
import type { Tables } from "./tables.ts";

/** Milliseconds after its last heartbeat that the row of a process is kept. */
const MAX_AGE_MS = 604_800_000;
/** Milliseconds without a heartbeat after which a process does not count as running; it reports every 15 s. */
export const WORKER_SILENT_MS: number = 60_000;
/** Rows of processes that are kept at most; those seen last. */
const MAX_WORKERS = 100;
/** Longest state in bytes of JSON. */
const MAX_STATE_BYTES = 65_536;

/** Writes and reads the heartbeats of the processes that run scripts. */
export interface Workers {
  beat(id: string, beat: WorkerBeat): Steps<void>;
  list(): Steps<Worker[]>;
}

export function createWorkers(db: Kysely<Tables>, time: StoreTime, clock: Clock): Workers {
  const write = statement<{
    id: string;
    host: string;
    pid: number;
    version: string;
    startedAt: string;
    seenAt: string;
    seenAtMs: number;
    stoppedAt: string | null;
    state: string;
  }>()((p) =>
    db
      .insertInto("workers")
      .values({
        id: p("id"),
        host: p("host"),
        pid: p("pid"),
        boot: clock.boot,
        version: p("version"),
        started_at: p("startedAt"),
        seen_at: p("seenAt"),
        seen_at_ms: p("seenAtMs"),
        stopped_at: p("stoppedAt"),
        state: p("state"),
      })
      .onConflict((conflict) =>
        conflict.column("id").doUpdateSet((eb) => ({
          boot: eb.ref("excluded.boot"),
          seen_at: eb.ref("excluded.seen_at"),
          seen_at_ms: eb.ref("excluded.seen_at_ms"),
          stopped_at: eb.ref("excluded.stopped_at"),
          state: eb.ref("excluded.state"),
        })),
      ),
  );
  const removeOld = statement<{ before: number }>()((p) =>
    db
      .deleteFrom("workers")
      .where((eb) =>
        eb.or([
          eb("seen_at_ms", "<", p("before")),
          eb(
            "id",
            "not in",
            eb.selectFrom("workers").select("id").orderBy("seen_at_ms", "desc").limit(sql.lit(MAX_WORKERS)),
          ),
        ]),
      ),
  );
  const all = statement()(() =>
    db
      .selectFrom("workers")
      .select([
        shortText("workers.id").as("id"),
        shortText("workers.host").as("host"),
        integer("workers.pid").as("pid"),
        shortText("workers.boot").as("boot"),
        shortText("workers.version").as("version"),
        shortText("workers.started_at").as("started_at"),
        shortText("workers.seen_at").as("seen_at"),
        integer("workers.seen_at_ms").as("seen_at_ms"),
        shortText("workers.stopped_at").as("stopped_at"),
        boundedText("workers.state", MAX_STATE_BYTES).as("state"),
      ])
      .orderBy("workers.seen_at_ms", "desc")
      .limit(sql.lit(MAX_WORKERS)),
  );

  return {
    *beat(id, { host, pid, version, startedAt, state, stopped }) {
      const now = yield* time.read();
      const seenAt = new Date(clock.now()).toISOString();
      yield* run(write, {
        id,
        host,
        pid,
        version,
        startedAt,
        seenAt,
        seenAtMs: now,
        stoppedAt: stopped ? seenAt : null,
        state: JSON.stringify(state),
      });
      yield* run(removeOld, { before: now - MAX_AGE_MS });
    },

    *list() {
      const now = yield* time.read();
      const rows = yield* run(all, {});
      return rows.map((row) => ({
        id: row.id ?? "",
        host: row.host ?? "",
        pid: row.pid ?? 0,
        version: row.version ?? "",
        startedAt: row.started_at ?? "",
        seenAt: row.seen_at ?? "",
        ageMs: row.boot === clock.boot ? Math.max(0, now - (row.seen_at_ms ?? 0)) : undefined,
        stoppedAt: row.stopped_at ?? undefined,
        state: readState(row.state),
      }));
    },
  };
}

/** Reads a state, which another version or another program may have written. */
function readState(text: string | null): WorkerState {
  let value: Partial<Record<keyof WorkerState, unknown>> = {};
  try {
    value = { ...(JSON.parse(text ?? "{}") as object) };
  } catch {
    // Shown as a worker without a state.
  }
  const { dir, cartridges, concurrency, busy, waiting, conditions } = value;
  return {
    dir: typeof dir === "string" ? dir : undefined,
    cartridges: typeof cartridges === "string" ? cartridges : "",
    concurrency: typeof concurrency === "number" ? concurrency : 0,
    busy: typeof busy === "number" ? busy : 0,
    waiting: textRecords(waiting, ["lang", "since", "reason"]) as WorkerState["waiting"],
    conditions: textRecords(conditions, ["code", "level", "message", "since"]) as WorkerState["conditions"],
  };
}

/** Returns the elements of an array that have text under all of the given keys. */
function textRecords(value: unknown, keys: readonly string[]): unknown {
  const isRecord = (one: unknown): boolean =>
    typeof one === "object" &&
    one !== null &&
    keys.every((key) => typeof (one as Record<string, unknown>)[key] === "string");
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
