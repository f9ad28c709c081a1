import type { ActiveRuns } from "./active-runs.ts";
import type { Bell } from "./bell.ts";
import {
  LANGS,
  StoreError,
  type ClaimedRun,
  type ClaimTerms,
  type Lang,
  type ScriptStore,
} from "./store/index.ts";

/** Milliseconds between two looks at whether scripts were edited. */
const LOOK_MS = 100;
/** Milliseconds between two attempts to get scripts that another process runs. */
const TRY_AGAIN_MS = 100;
const FIRST_STORE_PAUSE_MS = 100;
const LONGEST_STORE_PAUSE_MS = 5_000;

/** What both ways of running need. */
export interface Crew {
  readonly store: ScriptStore;
  readonly runs: ActiveRuns;
  readonly terms: ClaimTerms;
  readonly concurrency: number;
  /** Rings when a place has become free, when scripts have become due out of turn, and when the work is to end. */
  readonly bell: Bell;
  /** Aborted when the work is to end. */
  readonly stopping: AbortSignal;
  readonly start: (claimed: ClaimedRun) => void;
}

/** Runs what is due until told to stop. A database that fails is tried again. */
export async function runWheneverDue(
  crew: Crew,
  storeFailed: (error: StoreError, pauseMs: number) => void,
): Promise<void> {
  let pauseMs = 0;
  while (!crew.stopping.aborted) {
    try {
      await startDue(crew);
      await untilDue(crew);
      pauseMs = 0;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      pauseMs = Math.min(LONGEST_STORE_PAUSE_MS, Math.max(FIRST_STORE_PAUSE_MS, pauseMs * 2));
      storeFailed(error, pauseMs);
      await pause(crew, pauseMs);
    }
  }
}

async function startDue({ store, runs, terms, concurrency, start }: Crew): Promise<void> {
  if (runs.busy >= concurrency) return;
  const free = (): number => concurrency - runs.busy;
  for (const claimed of await store.claimDue(free, startable(runs), terms)) start(claimed);
}

/** Waits until the bell rings, a script is due, or somebody has edited the scripts. */
async function untilDue({ store, runs, concurrency, bell }: Crew): Promise<void> {
  if (runs.busy >= concurrency) {
    await bell.wait(Infinity);
    return;
  }
  const mark = await store.changeMark();
  const dueInMs = (await store.nextDueInMs(startable(runs))) ?? Infinity;
  const dueAt = performance.now() + dueInMs;
  for (;;) {
    const isRung = await bell.wait(Math.min(LOOK_MS, Math.max(0, dueAt - performance.now())));
    if (isRung || performance.now() >= dueAt || (await store.changeMark()) !== mark) return;
  }
}

/** Waits out a pause, however the bell rings, unless the work is to end. */
async function pause({ bell, stopping }: Crew, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (!stopping.aborted && performance.now() < until) {
    await bell.wait(Math.max(1, until - performance.now()));
  }
}

/** Languages that do not wait for something outside the process. */
function startable(runs: ActiveRuns): Lang[] {
  const waiting = runs.waitingLangs;
  return LANGS.filter((lang) => !waiting.has(lang));
}

/** Runs every enabled script once, and resolves when all have ended. */
export async function runEachOnce(crew: Crew): Promise<void> {
  const { store, runs, terms, concurrency, bell, stopping, start } = crew;
  const left = new Map<number, Lang>();
  for (const lang of LANGS) for (const id of await store.enabledScripts([lang])) left.set(id, lang);

  while (!stopping.aborted && (left.size > 0 || runs.size > 0)) {
    const ids = firstOf(left, startable(runs), concurrency - runs.busy);
    const claimed = ids.length > 0 ? await store.claimScripts(ids, terms) : [];
    for (const run of claimed) {
      left.delete(run.script.id);
      start(run);
    }
    if (claimed.length > 0) continue;
    await putBehind(crew, left, ids);
    await bell.wait(ids.length > 0 ? TRY_AGAIN_MS : Infinity);
  }
}

function firstOf(left: ReadonlyMap<number, Lang>, langs: readonly Lang[], limit: number): number[] {
  const ids: number[] = [];
  for (const [id, lang] of left) {
    if (ids.length >= limit) break;
    if (langs.includes(lang)) ids.push(id);
  }
  return ids;
}

/** Scripts that cannot be had now go behind the others; those disabled or removed meanwhile are left out. */
async function putBehind({ store }: Crew, left: Map<number, Lang>, ids: readonly number[]): Promise<void> {
  const enabled = ids.length > 0 ? new Set(await store.enabledScripts(LANGS)) : undefined;
  for (const id of ids) {
    const lang = left.get(id);
    left.delete(id);
    if (lang && enabled?.has(id)) left.set(id, lang);
  }
}
