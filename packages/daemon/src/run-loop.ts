import type { ActiveRuns } from "./active-runs.ts";
import type { LangHealth } from "./lang-health.ts";
import {
  LANGS,
  StoreError,
  type ClaimedRun,
  type ClaimTerms,
  type Lang,
  type ScriptStore,
} from "./store/index.ts";
import type { StoreFailures } from "./store-failures.ts";
import type { WakeSignal } from "./wake-signal.ts";

/** Milliseconds between two checks for edited scripts. */
const EDIT_POLL_MS = 100;
/** Milliseconds between two attempts to claim scripts that another process runs. */
const CLAIM_RETRY_MS = 100;
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;

/** Dependencies and limits of a loop, for {@link runUntilStopped} and {@link runEachOnce}. */
export interface LoopContext {
  readonly store: ScriptStore;
  readonly runs: ActiveRuns;
  readonly health: Pick<LangHealth, "limit">;
  readonly terms: ClaimTerms;
  readonly concurrency: number;
  /** Notified when a concurrency slot becomes free, when an expired run makes its script due, and when the loop must end. */
  readonly wake: WakeSignal;
  /** Aborted when the loop must end. */
  readonly stopping: AbortSignal;
  readonly start: (claimed: ClaimedRun) => void;
}

/**
 * Runs due scripts until `stopping` is aborted. A failing database is tried again, with backoff.
 *
 * @throws {StoreError} `STORE_MOVED`.
 */
export async function runUntilStopped(
  context: LoopContext & { readonly failures: StoreFailures },
): Promise<void> {
  let retryMs = 0;
  while (!context.stopping.aborted) {
    try {
      await startDue(context);
      await waitUntilDue(context);
      retryMs = 0;
      context.failures.succeeded("claim");
    } catch (error) {
      if (!(error instanceof StoreError) || error.code === "STORE_MOVED") throw error;
      retryMs = Math.min(MAX_RETRY_MS, Math.max(FIRST_RETRY_MS, retryMs * 2));
      context.failures.failed("claim", error, retryMs);
      await pause(context, retryMs);
    }
  }
}

async function startDue(context: LoopContext): Promise<void> {
  const { store, runs, terms, concurrency, start } = context;
  if (runs.busySlots >= concurrency) return;
  const freeSlots = (): number => concurrency - runs.busySlots;
  const langs = runnableLangs(context);
  const langLimits = Object.fromEntries(langs.map((lang) => [lang, roomOf(context, lang)]));
  for (const claimed of await store.claimDue(freeSlots, langs, { ...terms, langLimits })) start(claimed);
}

/** Waits for a notification, for the next due time, or for an edit of the scripts by any process. */
async function waitUntilDue(context: LoopContext): Promise<void> {
  const { store, runs, concurrency, wake } = context;
  if (runs.busySlots >= concurrency) {
    await wake.wait(Infinity);
    return;
  }
  const mark = await store.changeMark();
  const dueInMs = (await store.nextDueInMs(runnableLangs(context))) ?? Infinity;
  const dueAt = performance.now() + dueInMs;
  for (;;) {
    const isNotified = await wake.wait(Math.min(EDIT_POLL_MS, Math.max(0, dueAt - performance.now())));
    if (isNotified || performance.now() >= dueAt || (await store.changeMark()) !== mark) return;
  }
}

/** Waits for `ms` milliseconds despite notifications, unless the loop must end. */
async function pause({ wake, stopping }: LoopContext, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (!stopping.aborted && performance.now() < until) {
    await wake.wait(Math.max(1, until - performance.now()));
  }
}

/** Returns the languages of which another run may start: none of its runs waits, and its limit is not reached. */
function runnableLangs(context: LoopContext): Lang[] {
  const waiting = context.runs.waitingLangs;
  return LANGS.filter((lang) => !waiting.has(lang) && roomOf(context, lang) > 0);
}

/** Returns the number of runs in a language that its limit allows to start. */
function roomOf({ runs, health }: LoopContext, lang: Lang): number {
  const limit = health.limit(lang);
  return limit === Infinity ? limit : Math.max(0, limit - runs.inProgress(lang));
}

/** Runs every enabled script once, and resolves when all have ended. */
export async function runEachOnce(context: LoopContext): Promise<void> {
  const { store, runs, terms, concurrency, wake, stopping, start } = context;
  const pending = new Map<number, Lang>();
  for (const lang of LANGS) for (const id of await store.enabledScripts([lang])) pending.set(id, lang);

  while (!stopping.aborted && (pending.size > 0 || runs.size > 0)) {
    const room = new Map(runnableLangs(context).map((lang) => [lang, roomOf(context, lang)]));
    const ids = nextIds(pending, room, concurrency - runs.busySlots);
    const claimed = ids.length > 0 ? await store.claimScripts(ids, terms) : [];
    for (const run of claimed) {
      pending.delete(run.script.id);
      start(run);
    }
    if (claimed.length > 0) continue;
    await requeue(context, pending, ids);
    await wake.wait(ids.length > 0 ? CLAIM_RETRY_MS : Infinity);
  }
}

/** @param room the number of runs that may start in each language; changed. */
function nextIds(pending: ReadonlyMap<number, Lang>, room: Map<Lang, number>, limit: number): number[] {
  const ids: number[] = [];
  for (const [id, lang] of pending) {
    if (ids.length >= limit) break;
    const left = room.get(lang) ?? 0;
    if (left <= 0) continue;
    room.set(lang, left - 1);
    ids.push(id);
  }
  return ids;
}

/** Moves scripts that could not be claimed to the end of the queue, and drops the ones disabled or removed since. */
async function requeue(
  { store }: LoopContext,
  pending: Map<number, Lang>,
  ids: readonly number[],
): Promise<void> {
  const enabled = ids.length > 0 ? new Set(await store.enabledScripts(LANGS)) : undefined;
  for (const id of ids) {
    const lang = pending.get(id);
    pending.delete(id);
    if (lang && enabled?.has(id)) pending.set(id, lang);
  }
}
