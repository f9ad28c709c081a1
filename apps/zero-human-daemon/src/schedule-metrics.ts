import { gauge, type MetricFamily } from "@gvpie/app-common/metrics";
import type { ScriptStore } from "@gvpie/daemon/store";

/** Milliseconds that the figures are kept, so that a flood of requests does not keep the thread of the page busy. */
const KEEP_MS = 500;

/** Returns a function that reads the figures of the schedule, for the thread of the page: the loop does not wait for them. */
export function createScheduleMetrics(
  store: Pick<ScriptStore, "readOverview">,
  now: () => number = () => performance.now(),
): () => Promise<MetricFamily[]> {
  let readAt = -Infinity;
  let last: Promise<MetricFamily[]> | undefined;
  return () => {
    if (last !== undefined && now() - readAt < KEEP_MS) return last;
    readAt = now();
    last = read(store);
    return last;
  };
}

async function read(store: Pick<ScriptStore, "readOverview">): Promise<MetricFamily[]> {
  // The counter of runs has the failures.
  const failuresSince = new Date().toISOString();
  const { scripts, dueCount, overdueCount, runningCount, pausedAt } = await store.readOverview({
    failuresSince,
  });
  return [
    gauge("gvpie_scripts", "Scripts in the database.", scripts.total),
    gauge("gvpie_scripts_enabled", "Scripts that are enabled and not refused.", scripts.enabled),
    gauge("gvpie_scripts_paused", "Scripts that are paused one by one.", scripts.paused),
    gauge("gvpie_scripts_due", "Scripts that may start now, and wait for a slot.", dueCount),
    gauge("gvpie_scripts_overdue", "Scripts whose start is more than 10 s late.", overdueCount),
    gauge("gvpie_scripts_running", "Scripts that run now, in any process.", runningCount),
    gauge("gvpie_starts_paused", "1 while all starts are paused, else 0.", Number(pausedAt !== undefined)),
  ];
}
