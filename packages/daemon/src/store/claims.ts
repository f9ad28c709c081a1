import { failpoint } from "@gvpie/file-socket/process";
import { sql, type Kysely } from "kysely";
import type { Clock } from "./clock.ts";
import type { ClaimState, DueScripts, LangRoom } from "./due-scripts.ts";
import { isMissed, nextStart, type Clocks } from "./next-start.ts";
import { boundedText, NAME, nextId, OPTION_COLUMNS, toOptions } from "./script-columns.ts";
import { createRunBlocks } from "./run-blocks.ts";
import { opaque, run, statement, type Steps } from "./statement.ts";
import type { StoreTime } from "./store-time.ts";
import type { Tables } from "./tables.ts";
import type { WallClock } from "./wall-clock.ts";
import { MAX_CODE_BYTES, type ClaimedRun, type ClaimTerms, type Lang } from "./types.ts";

/** Due scripts that one claim looks at, at most. */
const LOOKED_AT = 1_000;
/** Milliseconds from which a claim leaves the rest to the next one: cron lines of other programs may take long, and hold the lock. */
const CLAIM_MS = 250;

/** Claims scripts for runs, and renews the leases of claimed runs. */
export interface Claims {
  due(limit: number | (() => number), langs: readonly Lang[], terms: ClaimTerms): Steps<ClaimedRun[]>;
  scripts(ids: readonly number[], terms: ClaimTerms): Steps<ClaimedRun[]>;
  renew(leaseMs: number): Steps<Set<number>>;
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

/** `holder` identifies the claims of this process. */
export function createClaims(
  db: Kysely<Tables>,
  {
    time,
    clock,
    wallClock,
    dueScripts,
  }: {
    readonly time: StoreTime;
    readonly clock: Clock;
    readonly wallClock: WallClock;
    readonly dueScripts: DueScripts;
  },
  holder: string,
): Claims {
  const blocks = createRunBlocks(db);
  const serveRequests = statement<{ script: number; run: number }>()((p) =>
    db
      .updateTable("run_requests")
      .set({ run_id: p("run") })
      .where("script_id", "=", p("script"))
      .where("run_id", "is", null),
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

  /** Opens a run; undefined if the script is left out, or does not exist. */
  function* claim(
    { script, isRequested, maySkip }: Start,
    clocks: Clocks,
    terms: ClaimTerms,
    { isPaused, hasRequests }: ClaimState,
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
    yield* blocks.follow(runId);
    yield* run(assignRun, { script, run: runId, due, cron, until: now + terms.leaseMs });
    if (hasRequests) yield* run(serveRequests, { script, run: runId });
    failpoint("daemon/claim/after-hold");
    const { name, lang } = row;
    const code = row.is_empty ? "" : (row.code ?? undefined);
    const lateMs = isRequested ? undefined : lateness(row.due_at_ms, now);
    return { runId, startedAt, lateMs, script: { id: script, name: name ?? "", lang, code, options } };
  }

  function* claimAll(
    starts: readonly Start[],
    now: number,
    terms: ClaimTerms,
    facts: ClaimState,
  ): Steps<ClaimedRun[]> {
    const claimed: ClaimedRun[] = [];
    const startedAt = performance.now();
    for (const start of starts) {
      if (performance.now() - startedAt > CLAIM_MS) break;
      const run = yield* claim(start, { now, wall: Math.floor(clock.now()) }, terms, facts);
      if (run) claimed.push(run);
    }
    return claimed;
  }

  return {
    *scripts(ids, terms) {
      const now = yield* time.now(terms.intervalMs);
      const facts = yield* dueScripts.state();
      yield* wallClock.follow(now, facts.skewMs);
      if (facts.isPaused) return [];
      const starts = ids.map((script) => ({ script, isRequested: false, maySkip: false }));
      return yield* claimAll(starts, now, terms, facts);
    },

    *due(maxRuns, langs, terms) {
      const limit = typeof maxRuns === "number" ? maxRuns : maxRuns();
      if (limit <= 0) return [];
      const now = yield* time.now(terms.intervalMs);
      const room = new Map(Object.entries(terms.langLimits ?? {})) as LangRoom & Map<Lang, number>;
      let { facts, due } = yield* dueScripts.due(limit, langs, now, room);
      // The due times of cron lines follow the wall clock.
      let isStale = yield* wallClock.follow(now, facts.skewMs);
      const claimed: ClaimedRun[] = [];
      const open = (runs: readonly ClaimedRun[]): void => {
        claimed.push(...runs);
        for (const { script } of runs) room.set(script.lang, (room.get(script.lang) ?? Infinity) - 1);
      };
      if (facts.hasRequests) {
        const asked = yield* dueScripts.requested(limit, langs, room);
        const starts = asked.map((row) => ({ script: row.script_id, isRequested: true, maySkip: false }));
        open(yield* claimAll(starts, now, terms, facts));
        isStale = true;
      }
      // A script that is left out makes room for another one.
      const startedAt = performance.now();
      for (let looked = 0; !facts.isPaused && claimed.length < limit && looked < LOOKED_AT;) {
        if (performance.now() - startedAt > CLAIM_MS) break;
        if (isStale) ({ due } = yield* dueScripts.due(limit - claimed.length, langs, now, room));
        isStale = true;
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
  };
}

/** A due time of 0 means that no loop has seen the script since it was edited. */
function lateness(due: number | null, now: number): number | undefined {
  if (due === 0) return 0;
  return due === null || due > now ? undefined : now - due;
}
