import type { Overview, ScriptStore } from "@gvpie/daemon/store";
import { isSilent } from "./views/daemons.ts";
import type { LayoutData } from "./layout.ts";

/** Milliseconds that an overview is used for. */
const FRESH_MS = 1_000;
const DAY_MS = 86_400_000;

/** Reads the facts of all views, at most once a second. */
export interface Overviews {
  read(): Promise<Overview>;
}

export function createOverviews(store: Pick<ScriptStore, "readOverview">, now: () => number): Overviews {
  let found: { readonly at: number; readonly overview: Promise<Overview> } | undefined;
  return {
    read() {
      const at = now();
      if (found && Math.abs(at - found.at) < FRESH_MS) return found.overview;
      const failuresSince = new Date(at - DAY_MS).toISOString();
      const overview = store.readOverview({ failuresSince });
      found = { at, overview };
      overview.catch(() => (found = undefined));
      return overview;
    },
  };
}

/** Returns the counts that the header of every page shows. */
export function countsOf(overview: Overview): LayoutData["counts"] {
  const { scripts, runningCount, failures, overdueCount, workers, pausedAt } = overview;
  const alive = workers.filter(({ stoppedAt }) => stoppedAt === undefined);
  return {
    scripts: scripts.total,
    running: runningCount,
    failing: failures.scripts.length,
    overdue: overdueCount,
    problems: alive.reduce(
      (sum, worker) =>
        sum + worker.state.conditions.length + worker.state.waiting.length + (isSilent(worker) ? 1 : 0),
      0,
    ),
    allPaused: pausedAt !== undefined,
  };
}
