import { failpoint } from "@gvpie/file-socket/process";
import { sql, type Kysely } from "kysely";
import type { Clock } from "./clock.ts";
import { isMissed, nextStart, type Clocks } from "./next-start.ts";
import { boundedText, NAME, nextId, OPTION_COLUMNS, toOptions } from "./script-columns.ts";
import { opaque, run, statement, type Steps } from "./statement.ts";
import type { StoreTime } from "./store-time.ts";
import type { Tables } from "./tables.ts";
import type { WallClock } from "./wall-clock.ts";
import { LANGS, MAX_CODE_BYTES, type ClaimedRun, type ClaimTerms, type Lang } from "./types.ts";

/** Edited scripts that one claim schedules; the rest wait for the next claim. */
const EDITED_BATCH = 1_000;

/** Due scripts that one claim looks at, at most. */
const LOOKED_AT = 1_000;

/** Claims scripts for runs, and renews the leases of claimed runs. */
export interface Claims {
  due(limit: number | (() => number), langs: readonly Lang[], terms: ClaimTerms): Steps<ClaimedRun[]>;
  scripts(ids: readonly number[], terms: ClaimTerms): Steps<ClaimedRun[]>;
  renew(leaseMs: number): Steps<Set<number>>;
  nextDueInMs(langs: readonly Lang[]): Steps<number | undefined>;
  enabledScripts(langs: readonly Lang[]): Steps<number[]>;
}

interface DueScript {
  readonly script_id: number;
  readonly due_at_ms: number | null;
}

/** Facts that concern all claims. */
interface State {
  readonly isPaused: boolean;
  /** True if a requested run waits, for any script. */
  readonly hasRequests: boolean;
  readonly skewMs: number | null;
}

interface Next {
  readonly due: number | null;
  readonly cron: number | null;
}

/** A start to make: of a script that is due, or that was asked to run. */
interface Start {
  readonly script: number;
  readonly isRequested: boolean;
  /** True to leave out a start that the script missed and does not make up for. */
  readonly maySkip: boolean;
}

/** Runs that one claim may still open, by language; absent without a limit. */
type LangRoom = ReadonlyMap<Lang, number>;
const NO_LIMITS: LangRoom = new Map();

/** `holder` identifies the claims of this process. */
export function createClaims(
  db: Kysely<Tables>,
  {
    time,
    clock,
    wallClock,
  }: { readonly time: StoreTime; readonly clock: Clock; readonly wallClock: WallClock },
  holder: string,
): Claims {
  const scheduleEdited = statement<{ now: number }>()((p) =>
    db
      .updateTable("script_schedule")
      .set({ due_at_ms: p("now"), seen_at_ms: p("now") })
      .where("script_id", "in", (eb) =>
        eb
          .selectFrom("script_schedule")
          .select("script_id")
          .where("run_id", "is", null)
          .where("paused_at", "is", null)
          .where("lang", "in", LANGS)
          .where("due_at_ms", "=", sql.lit(0))
          .limit(sql.lit(EDITED_BATCH)),
      ),
  );

  const readState = statement()(() =>
    db.selectNoFrom((eb) => [
      eb.selectFrom("store_state").select("paused_at").limit(sql.lit(1)).as("paused_at"),
      eb.selectFrom("store_state").select("skew_ms").limit(sql.lit(1)).as("skew_ms"),
      sql<number>`exists (select 1 from run_requests where run_id is null)`.as("has_requests"),
    ]),
  );
  const pickRequested = statement<{ lang: Lang; limit: number }>()((p) =>
    db
      .selectFrom("run_requests")
      // A cross join keeps the order of the tables: few requests wait.
      .crossJoin("script_schedule")
      .whereRef("script_schedule.script_id", "=", "run_requests.script_id")
      .select(["script_schedule.script_id", "due_at_ms"])
      .where("run_requests.run_id", "is", null)
      .where("script_schedule.run_id", "is", null)
      .where("lang", "=", opaque(p("lang"), ""))
      // A plus sign keeps the order from choosing the table instead of the index of waiting requests.
      .orderBy(sql`+run_requests.id`)
      .limit(opaque(p("limit"), 0)),
  );
  const serveRequests = statement<{ script: number; run: number }>()((p) =>
    db
      .updateTable("run_requests")
      .set({ run_id: p("run") })
      .where("script_id", "=", p("script"))
      .where("run_id", "is", null),
  );

  const waiting = db
    .selectFrom("script_schedule")
    .where("run_id", "is", null)
    .where("paused_at", "is", null)
    .orderBy("due_at_ms")
    .orderBy("script_id");
  const pickDue = statement<{ lang: Lang; now: number; limit: number }>()((p) =>
    waiting
      .select(["script_id", "due_at_ms"])
      .where("lang", "=", opaque(p("lang"), ""))
      .where("due_at_ms", "<=", p("now"))
      .limit(opaque(p("limit"), 0)),
  );
  const firstDue = statement<{ lang: Lang }>()((p) =>
    waiting
      .select("due_at_ms")
      .where("lang", "=", opaque(p("lang"), ""))
      .where("due_at_ms", "is not", null)
      .limit(sql.lit(1)),
  );

  const readScript = statement<{ id: number; requested: number }>()((p) =>
    db
      .selectFrom("improvement_scripts")
      .leftJoin("script_options", "script_options.script_id", "improvement_scripts.id")
      .innerJoin("script_schedule", "script_schedule.script_id", "improvement_scripts.id")
      .where("improvement_scripts.id", "=", opaque(p("id"), 0))
      .where("script_schedule.run_id", "is", null)
      .where(sql<boolean>`(due_at_ms is not null and paused_at is null or ${p("requested")})`)
      .select([
        "improvement_scripts.lang",
        "due_at_ms",
        "seen_at_ms",
        "cron_at_ms",
        "paused_at",
        ...OPTION_COLUMNS,
        NAME.as("name"),
      ])
      .select([
        boundedText("improvement_scripts.code", MAX_CODE_BYTES).as("code"),
        sql<number>`improvement_scripts.code is null`.as("is_empty"),
      ]),
  );

  const openRun = statement<{ script: number; startedAt: string }>()((p) =>
    db
      .insertInto("improvement_runs")
      .values({ id: nextId("improvement_runs"), script_id: p("script"), started_at: p("startedAt") })
      .returning("id"),
  );

  const assignRun = statement<{ script: number; run: number; until: number } & Next>()((p) =>
    db
      .updateTable("script_schedule")
      .set({
        run_id: p("run"),
        holder,
        lease_until_ms: p("until"),
        due_at_ms: p("due"),
        cron_at_ms: p("cron"),
      })
      .where("script_id", "=", p("script")),
  );
  const leaveOut = statement<{ script: number } & Next>()((p) =>
    db
      .updateTable("script_schedule")
      .set({ due_at_ms: p("due"), cron_at_ms: p("cron") })
      .where("script_id", "=", p("script")),
  );

  const dropSchedule = statement<{ script: number }>()((p) =>
    db
      .deleteFrom("script_schedule")
      .where("script_id", "=", p("script"))
      .where("script_id", "not in", (eb) => eb.selectFrom("improvement_scripts").select("id")),
  );

  const renewHeld = statement<{ until: number }>()((p) =>
    db
      .updateTable("script_schedule")
      .set({ lease_until_ms: p("until") })
      .where("run_id", "is not", null)
      .where("holder", "=", holder)
      .returning("run_id"),
  );

  const enabled = statement<{ lang: Lang }>()((p) =>
    db
      .selectFrom("script_schedule")
      .select("script_id")
      .where("lang", "=", p("lang"))
      .where("due_at_ms", "is not", null)
      .where("paused_at", "is", null),
  );

  function* state(): Steps<State> {
    const [row] = yield* run(readState, {});
    return {
      isPaused: Boolean(row?.paused_at),
      hasRequests: Boolean(row?.has_requests),
      skewMs: row?.skew_ms ?? null,
    };
  }

  function* requested(limit: number, langs: readonly Lang[], room: LangRoom): Steps<DueScript[]> {
    const waiting: DueScript[] = [];
    for (const lang of langs) {
      waiting.push(...(yield* run(pickRequested, { lang, limit: Math.min(limit, room.get(lang) ?? limit) })));
    }
    return waiting.slice(0, limit);
  }

  function* pick(limit: number, langs: readonly Lang[], now: number, room: LangRoom): Steps<DueScript[]> {
    const due: DueScript[] = [];
    for (const lang of langs) {
      due.push(...(yield* run(pickDue, { lang, now, limit: Math.min(limit, room.get(lang) ?? limit) })));
    }
    due.sort((a, b) => Number(a.due_at_ms) - Number(b.due_at_ms) || a.script_id - b.script_id);
    return due.slice(0, limit);
  }

  /** Opens a run; undefined if the script is left out, or does not exist. */
  function* claim(
    { script, isRequested, maySkip }: Start,
    clocks: Clocks,
    terms: ClaimTerms,
    { isPaused, hasRequests }: State,
  ): Steps<ClaimedRun | undefined> {
    const [row] = yield* run(readScript, { id: script, requested: isRequested ? 1 : 0 });
    if (!row) {
      // A tool that does not enforce foreign keys replaced the script but not its schedule.
      yield* run(dropSchedule, { script });
      return undefined;
    }
    const { now } = clocks;
    const options = toOptions(row);
    const isRegular =
      !isRequested || (!isPaused && row.paused_at === null && (row.due_at_ms ?? Infinity) <= now);
    const isLeftOut = maySkip && isMissed(row, options, clocks);
    const { dueMs: due, cronMs: cron } = isRegular
      ? nextStart(row, options, terms.intervalMs, clocks, isLeftOut)
      : { dueMs: row.due_at_ms, cronMs: row.cron_at_ms };
    if (isLeftOut || (due === null && isRegular)) {
      yield* run(leaveOut, { script, due, cron });
      return undefined;
    }
    const startedAt = new Date(clock.now()).toISOString();
    failpoint("daemon/claim/before-insert");
    const [opened] = yield* run(openRun, { script, startedAt });
    failpoint("daemon/claim/after-insert");
    if (!opened) return undefined;
    const runId = opened.id;
    yield* run(assignRun, { script, run: runId, due, cron, until: now + terms.leaseMs });
    if (hasRequests) yield* run(serveRequests, { script, run: runId });
    failpoint("daemon/claim/after-hold");
    const { name, lang } = row;
    const code = row.is_empty ? "" : (row.code ?? undefined);
    return { runId, startedAt, script: { id: script, name: name ?? "", lang, code, options } };
  }

  function* claimAll(
    starts: readonly Start[],
    now: number,
    terms: ClaimTerms,
    facts: State,
  ): Steps<ClaimedRun[]> {
    const claimed: ClaimedRun[] = [];
    for (const start of starts) {
      const run = yield* claim(start, { now, wall: Math.floor(clock.now()) }, terms, facts);
      if (run) claimed.push(run);
    }
    return claimed;
  }

  /** Returns the time and the facts of a claim, once the due times of cron lines follow the wall clock. */
  function* begin(terms: ClaimTerms): Steps<{ readonly now: number; readonly facts: State }> {
    const now = yield* time.now(terms.intervalMs);
    const facts = yield* state();
    yield* wallClock.follow(now, facts.skewMs);
    return { now, facts };
  }

  return {
    *scripts(ids, terms) {
      const { now, facts } = yield* begin(terms);
      if (facts.isPaused) return [];
      const starts = ids.map((script) => ({ script, isRequested: false, maySkip: false }));
      return yield* claimAll(starts, now, terms, facts);
    },

    *due(maxRuns, langs, terms) {
      const limit = typeof maxRuns === "number" ? maxRuns : maxRuns();
      if (limit <= 0) return [];
      const { now, facts } = yield* begin(terms);
      const claimed: ClaimedRun[] = [];
      const room = new Map(Object.entries(terms.langLimits ?? {})) as LangRoom & Map<Lang, number>;
      const open = (runs: readonly ClaimedRun[]): void => {
        claimed.push(...runs);
        for (const { script } of runs) room.set(script.lang, (room.get(script.lang) ?? Infinity) - 1);
      };
      if (facts.hasRequests) {
        const asked = yield* requested(limit, langs, room);
        const starts = asked.map((row) => ({ script: row.script_id, isRequested: true, maySkip: false }));
        open(yield* claimAll(starts, now, terms, facts));
      }
      // A script that is left out makes room for another one.
      for (let looked = 0; !facts.isPaused && claimed.length < limit && looked < LOOKED_AT;) {
        let due = yield* pick(limit - claimed.length, langs, now, room);
        if (due[0]?.due_at_ms === 0) {
          yield* run(scheduleEdited, { now });
          due = yield* pick(limit - claimed.length, langs, now, room);
        }
        if (due.length === 0) break;
        looked += due.length;
        const starts = due.map((row) => ({ script: row.script_id, isRequested: false, maySkip: true }));
        const runs = yield* claimAll(starts, now, terms, facts);
        open(runs);
        if (runs.length === due.length) break;
      }
      return claimed;
    },

    *renew(leaseMs) {
      const now = yield* time.now(0);
      const held = yield* run(renewHeld, { until: now + leaseMs });
      return new Set(held.map((row) => Number(row.run_id)));
    },

    *nextDueInMs(langs) {
      const facts = yield* state();
      if (facts.hasRequests && (yield* requested(1, langs, NO_LIMITS)).length > 0) return 0;
      if (facts.isPaused) return undefined;
      let first = Infinity;
      for (const lang of langs) {
        const [row] = yield* run(firstDue, { lang });
        if (row) first = Math.min(first, Number(row.due_at_ms));
      }
      if (first === Infinity) return undefined;
      const now = time.peek();
      return now === undefined ? 0 : Math.max(0, first - now);
    },

    *enabledScripts(langs) {
      const ids: number[] = [];
      if ((yield* state()).isPaused) return ids;
      for (const lang of langs) for (const row of yield* run(enabled, { lang })) ids.push(row.script_id);
      return ids.sort((a, b) => a - b);
    },
  };
}
