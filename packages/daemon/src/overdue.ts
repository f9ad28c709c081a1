import { type Conditions, durationText } from "./conditions.ts";
import { LANGS, type Lang, type ScriptStore } from "./store/index.ts";

/** Milliseconds that a start may be late. */
const MAX_LATE_MS = 60_000;

/**
 * Begins or ends the condition `OVERDUE`: scripts start later than a minute and than their interval, although their language does not
 * wait, the database works and nothing is paused.
 */
export async function reviewOverdue(options: {
  readonly store: Pick<ScriptStore, "nextDueInMs" | "readOverview">;
  readonly conditions: Conditions;
  readonly intervalMs: number;
  /** Languages that wait for something that is reported already. */
  readonly waiting: readonly Lang[];
}): Promise<void> {
  const { store, conditions, intervalMs, waiting } = options;
  const end = (): void => conditions.clear("OVERDUE");
  const langs = LANGS.filter((lang) => !waiting.includes(lang));
  // The overview of many scripts takes a while.
  if ((await store.nextDueInMs(langs)) !== 0) return end();
  const failuresSince = new Date().toISOString();
  const overview = await store.readOverview({ failuresSince, overdueAfterMs: MAX_LATE_MS });
  const late = overview.overdue.filter(({ lang }) => langs.includes(lang));
  const latest = late.find((one) => one.lateMs > (one.intervalMs ?? intervalMs));
  if (latest === undefined) return end();
  const count = late.length === 1 ? "1 script is" : `${overview.overdueCount} scripts are`;
  const example = `${JSON.stringify(latest.name)} by ${durationText(latest.lateMs)}`;
  conditions.raise("OVERDUE", {
    level: "warn",
    message: `${count} overdue, ${example}: raise the concurrency, or the intervals of the scripts`,
    recovery: "all scripts start in time again",
  });
}
