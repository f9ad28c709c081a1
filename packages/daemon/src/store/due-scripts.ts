import { sql, type Kysely, type Nullable } from "kysely";
import { opaque, run, statement, type Statement, type Steps } from "./statement.ts";
import type { StoreTime } from "./store-time.ts";
import type { Tables } from "./tables.ts";
import { LANGS, type Lang } from "./types.ts";

/** Edited scripts that one claim schedules; the rest wait for the next claim. */
const EDITED_BATCH = 1_000;

interface DueScript {
  readonly script_id: number;
  readonly due_at_ms: number | null;
}

/** The time, and how many scripts of each language are picked. */
type Limits = { readonly now: number } & { readonly [lang in Lang]?: number };

interface Facts {
  readonly paused_at: string | null;
  readonly skew_ms: number | null;
  readonly has_requests: number | null;
}

type FactsOrScript = Facts & Nullable<DueScript>;

/** Facts that concern all claims. */
export interface ClaimState {
  readonly isPaused: boolean;
  /** True if a requested run waits, for any script. */
  readonly hasRequests: boolean;
  readonly skewMs: number | null;
}

interface DueNow {
  readonly facts: ClaimState;
  readonly due: readonly DueScript[];
}

/** Runs that one claim may still open, by language; absent without a limit. */
export type LangRoom = ReadonlyMap<Lang, number>;
const NO_LIMITS: LangRoom = new Map();

/** Finds the scripts that are due, and those with requested runs. */
export interface DueScripts {
  /** Returns the facts for a claim of given scripts. */
  state(): Steps<ClaimState>;
  /** Returns scripts with requested runs, in the order of the requests of each language. */
  requested(limit: number, langs: readonly Lang[], room: LangRoom): Steps<DueScript[]>;
  /** Returns the facts, and scripts that are due, longest-waiting first. Edited scripts are due from now on, unless all are paused. */
  due(limit: number, langs: readonly Lang[], now: number, room: LangRoom): Steps<DueNow>;
  nextDueInMs(langs: readonly Lang[]): Steps<number | undefined>;
  enabledScripts(langs: readonly Lang[]): Steps<number[]>;
}

export function createDueScripts(db: Kysely<Tables>, time: StoreTime): DueScripts {
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

  const facts = db.selectNoFrom((eb) => [
    eb.selectFrom("store_state").select("paused_at").limit(sql.lit(1)).as("paused_at"),
    eb.selectFrom("store_state").select("skew_ms").limit(sql.lit(1)).as("skew_ms"),
    sql<number | null>`exists (select 1 from run_requests where run_id is null)`.as("has_requests"),
  ]);
  const readState = statement()(() => facts);
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

  const waiting = db
    .selectFrom("script_schedule")
    .select(["script_id", "due_at_ms"])
    .where("run_id", "is", null)
    .where("paused_at", "is", null)
    .orderBy("due_at_ms")
    .orderBy("script_id");
  /** A claim is one read: of a row with the facts, and of rows with due scripts, a number of each language. */
  const picks = new Map<string, Statement<Limits, FactsOrScript>>();
  function pickOf(langs: readonly Lang[]): Statement<Limits, FactsOrScript> {
    const key = langs.join();
    let found = picks.get(key);
    if (!found) {
      found = statement<Required<Limits>>()((p) => {
        const due = langs.map((lang) => {
          const ofLang = waiting
            .where("lang", "=", opaque(sql<Lang>`${lang}`, ""))
            .where("due_at_ms", "<=", p("now"))
            .limit(opaque(p(lang), 0));
          return sql`union all select null, null, null, * from ${ofLang}`;
        });
        const first = facts.select([sql.lit(null).as("script_id"), sql.lit(null).as("due_at_ms")]);
        return {
          compile: () => sql<FactsOrScript>`select * from ${first} ${sql.join(due, sql` `)}`.compile(db),
        };
      });
      picks.set(key, found);
    }
    return found;
  }

  const enabled = statement<{ lang: Lang }>()((p) =>
    db
      .selectFrom("script_schedule")
      .select("script_id")
      .where("lang", "=", p("lang"))
      .where("due_at_ms", "is not", null)
      .where("paused_at", "is", null),
  );

  function* state(): Steps<ClaimState> {
    const [row] = yield* run(readState, {});
    return toState(row);
  }

  function* requested(limit: number, langs: readonly Lang[], room: LangRoom): Steps<DueScript[]> {
    const waiting: DueScript[] = [];
    for (const lang of langs) {
      waiting.push(...(yield* run(pickRequested, { lang, limit: Math.min(limit, room.get(lang) ?? limit) })));
    }
    return waiting.slice(0, limit);
  }

  function* pick(limit: number, langs: readonly Lang[], now: number, room: LangRoom): Steps<DueNow> {
    const limits: { now: number } & { [lang in Lang]?: number } = { now };
    for (const lang of langs) limits[lang] = Math.min(limit, room.get(lang) ?? limit);
    const rows = yield* run(pickOf(langs), limits);
    const due: DueScript[] = [];
    for (const { script_id, due_at_ms } of rows) if (script_id !== null) due.push({ script_id, due_at_ms });
    if (due.length > 1) due.sort(byDueTime);
    const first = rows.find((row) => row.script_id === null);
    return { facts: toState(first), due: due.length > limit ? due.slice(0, limit) : due };
  }

  return {
    state,
    requested,

    *due(limit, langs, now, room) {
      const found = yield* pick(limit, langs, now, room);
      if (found.facts.isPaused || found.due[0]?.due_at_ms !== 0) return found;
      yield* run(scheduleEdited, { now });
      return yield* pick(limit, langs, now, room);
    },

    *nextDueInMs(langs) {
      const { facts, due } = yield* pick(1, langs, Infinity, NO_LIMITS);
      if (facts.hasRequests && (yield* requested(1, langs, NO_LIMITS)).length > 0) return 0;
      if (facts.isPaused || due[0] === undefined) return undefined;
      const now = time.peek();
      return now === undefined ? 0 : Math.max(0, Number(due[0].due_at_ms) - now);
    },

    *enabledScripts(langs) {
      const ids: number[] = [];
      if ((yield* state()).isPaused) return ids;
      for (const lang of langs) for (const row of yield* run(enabled, { lang })) ids.push(row.script_id);
      return ids.sort((a, b) => a - b);
    },
  };
}

function toState(row: Facts | undefined): ClaimState {
  return {
    isPaused: Boolean(row?.paused_at),
    hasRequests: Boolean(row?.has_requests),
    skewMs: row?.skew_ms ?? null,
  };
}

function byDueTime(a: DueScript, b: DueScript): number {
  return Number(a.due_at_ms) - Number(b.due_at_ms) || a.script_id - b.script_id;
}
