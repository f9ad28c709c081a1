import { sql, type Kysely } from "kysely";
import type { Clock } from "./clock.ts";
import { StoreError } from "./errors.ts";
import type { ScriptEdit } from "./operation-types.ts";
import { MAX_INTEGER, nextId, readId, toId } from "./script-columns.ts";
import type { Scripts } from "./scripts.ts";
import { run, statement, type Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";
import { LANGS, type RowId } from "./types.ts";

/** Milliseconds that a served request is kept. */
const REQUEST_AGE_MS = 86_400_000;
/** Served requests that one new request removes. */
const REMOVED_REQUESTS = 1_000;

/** Pauses scripts, requests runs, and makes several edits together. */
export interface SteeringSteps {
  setPaused(name: string | undefined, paused: boolean): Steps<boolean>;
  requestRun(name: string): Steps<number>;
  findRequestedRun(request: number): Steps<RowId | undefined>;
  edit(edits: readonly ScriptEdit[]): Steps<void>;
}

export function createSteering(db: Kysely<Tables>, scripts: Scripts, clock: Clock): SteeringSteps {
  const setPausedAt = statement<{ id: RowId; at: string | null }>()((p) =>
    db
      .updateTable("script_schedule")
      .set({ paused_at: p("at") })
      .where("script_id", "=", p("id"))
      .where(sql<boolean>`(paused_at is null) is not (${p("at")} is null)`)
      .returning("script_id"),
  );
  const addState = statement()(() =>
    db
      .insertInto("store_state")
      .values({ id: 1 })
      .onConflict((conflict) => conflict.column("id").doNothing()),
  );
  const setAllPausedAt = statement<{ at: string | null }>()((p) =>
    db
      .updateTable("store_state")
      .set({ paused_at: p("at") })
      .where(sql<boolean>`(paused_at is null) is not (${p("at")} is null)`)
      .returning("id"),
  );

  const readRunnable = statement<{ id: RowId }>()((p) =>
    db
      .selectFrom("script_schedule")
      .select(sql<number>`lang in (${sql.join(LANGS.map((lang) => sql.lit(lang)))})`.as("is_known"))
      .where("script_id", "=", p("id")),
  );
  const waitingRequest = statement<{ id: RowId }>()((p) =>
    db
      .selectFrom("run_requests")
      .select("id")
      .where("script_id", "=", p("id"))
      .where("run_id", "is", null)
      // Another program may have chosen the id.
      .where(sql<boolean>`id between ${sql.lit(-MAX_INTEGER)} and ${sql.lit(MAX_INTEGER)}`),
  );
  const addRequest = statement<{ id: RowId; at: string }>()((p) =>
    db
      .insertInto("run_requests")
      .columns(["id", "script_id", "requested_at"])
      .expression((eb) =>
        eb
          .selectFrom("improvement_scripts")
          .select([nextId("run_requests").as("request"), "id", p("at").as("at")])
          .where("id", "=", p("id")),
      )
      .returning("id"),
  );
  const removeServed = statement<{ before: string }>()((p) =>
    db.deleteFrom("run_requests").where("id", "in", (eb) =>
      eb
        .selectFrom("run_requests")
        .select("id")
        .where("run_id", "is not", null)
        .where("requested_at", "<", p("before"))
        // A request may have waited for days.
        .where(
          sql<boolean>`not exists (select 1 from improvement_runs as r where r.id = run_id and r.started_at >= ${p("before")})`,
        )
        .limit(sql.lit(REMOVED_REQUESTS)),
    ),
  );
  const readRequest = statement<{ request: number }>()((p) =>
    db.selectFrom("run_requests").select(readId("run_id").as("run_id")).where("id", "=", p("request")),
  );

  const now = (): string => new Date(clock.now()).toISOString();

  function* setPaused(name: string | undefined, paused: boolean): Steps<boolean> {
    const at = paused ? now() : null;
    if (name !== undefined) {
      const id = yield* scripts.idOf(name);
      return (yield* run(setPausedAt, { id, at })).length > 0;
    }
    yield* run(addState, {});
    return (yield* run(setAllPausedAt, { at })).length > 0;
  }

  function* apply(edit: ScriptEdit): Steps<void> {
    switch (edit.type) {
      case "add":
        yield* scripts.add(edit.script);
        return;
      case "update":
        yield* scripts.update(edit.name, edit.changes);
        return;
      case "remove":
        yield* scripts.remove(edit.name);
        return;
      case "pause":
      case "resume":
        yield* setPaused(edit.name, edit.type === "pause");
    }
  }

  return {
    setPaused,

    *requestRun(name) {
      const id = yield* scripts.idOf(name);
      const [row] = yield* run(readRunnable, { id });
      if (!row?.is_known || typeof id === "bigint") {
        const { refused = "no loop runs scripts of its language" } = yield* scripts.get(name);
        throw new StoreError("STORE_BAD_SCRIPT", `${JSON.stringify(name)}: ${refused}`);
      }
      yield* run(removeServed, { before: new Date(clock.now() - REQUEST_AGE_MS).toISOString() });
      // One run serves all requests that wait for it.
      const [waiting] = yield* run(waitingRequest, { id });
      const [added] = waiting ? [waiting] : yield* run(addRequest, { id, at: now() });
      return added?.id ?? 0;
    },

    *findRequestedRun(request) {
      const [row] = yield* run(readRequest, { request });
      if (row) return row.run_id === null ? undefined : toId(row.run_id);
      const message = `there is no request ${request}: its script was removed, or it ran more than a day ago`;
      throw new StoreError("STORE_NO_REQUEST", `${message}; \`gvpie runs list\` prints the runs`);
    },

    *edit(edits) {
      for (const edit of edits) {
        const name = edit.type === "add" ? edit.script.name : edit.name;
        try {
          yield* apply(edit);
        } catch (error) {
          if (!(error instanceof StoreError)) throw error;
          const place = `${edit.type} ${JSON.stringify(name.slice(0, 100))}`;
          throw new StoreError(error.code, `${place}: ${error.message}`, { cause: error });
        }
      }
    },
  };
}
