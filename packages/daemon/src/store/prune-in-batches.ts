import { setTimeout as sleep } from "node:timers/promises";
import type { History, PruneRules } from "./operation-types.ts";
import type { ScriptStore } from "./store-types.ts";

/** Longest pause between two batches in ms. */
const MAX_PAUSE_MS = 1_000;
/** Milliseconds that a batch takes at most, roughly. */
const BATCH_MS = 10;
/** Times as long as a batch took that the pause after it lasts. A write of the loop that meets a batch waits longer than the batch. */
const PAUSE_FACTOR = 19;
const FIRST_BATCH = 100;
const MAX_BATCH = 500;

/** Waits, and resolves early when the signal is aborted. */
export type Pause = (ms: number, signal: AbortSignal | undefined) => Promise<void>;

export const pauseFor: Pause = async (ms, signal) => {
  await sleep(ms, undefined, { signal }).catch(() => {});
};

/**
 * Deletes runs in small transactions until none is left, and yields the number that each deleted. Between them it pauses, so that
 * the work of a loop on the same database keeps nineteen twentieths of the time.
 *
 * @param options.isSeparate true in a process without a loop: it pauses only while another process writes the database.
 */
export async function* pruneInBatches(
  store: History & Pick<ScriptStore, "changeMark">,
  rules: PruneRules,
  options: { readonly isSeparate?: boolean; readonly signal?: AbortSignal; readonly pause?: Pause } = {},
): AsyncGenerator<number> {
  const { isSeparate = false, signal, pause = pauseFor } = options;
  let limit = FIRST_BATCH;
  let mark = isSeparate ? await store.changeMark() : undefined;
  for (;;) {
    if (signal?.aborted) return;
    const startedAt = performance.now();
    const count = await store.pruneRuns(rules, limit);
    const tookMs = performance.now() - startedAt;
    if (count === 0) return;
    yield count;
    const before = mark;
    if (isSeparate) mark = await store.changeMark();
    if (isSeparate && mark === before) continue;
    limit = Math.max(1, Math.min(MAX_BATCH, Math.round((limit * BATCH_MS) / Math.max(1, tookMs))));
    await pause(Math.min(MAX_PAUSE_MS, tookMs * PAUSE_FACTOR), signal);
  }
}
