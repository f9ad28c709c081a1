import { formatDuration, formatSpan } from "@gvpie/app-common";
import type { ScriptSummary } from "@gvpie/daemon/store";

/** Returns the state of a script in one word. */
export function stateOf(script: ScriptSummary, now: number): string {
  const { enabled, refused, pausedAt, runId, failures = 0 } = script;
  if (refused !== undefined) return "refused";
  if (runId !== undefined) return "running";
  if (!enabled) return "disabled";
  if (pausedAt !== undefined) return "paused";
  if (failures > 0) return "failing";
  return waitMs(script, now) === 0 ? "waiting" : "enabled";
}

/** Returns the time until the next start; empty if none is planned. */
export function nextOf(script: ScriptSummary, now: number): string {
  const { enabled, pausedAt, runId } = script;
  if (!enabled || pausedAt !== undefined || runId !== undefined) return "";
  const ms = waitMs(script, now);
  return ms === 0 ? "now" : `in ${formatSpan(ms)}`;
}

/** Milliseconds until a script is due. One that no daemon has seen since it was edited is due at once. */
function waitMs({ dueAt }: ScriptSummary, now: number): number {
  return dueAt === undefined ? 0 : Math.max(0, Date.parse(dueAt) - now);
}

/** Returns the interval or the cron line of a script; empty if it has neither. */
export function intervalOf({ options }: ScriptSummary): string {
  const { intervalMs, cron, timeZone } = options;
  if (cron !== undefined) return timeZone === undefined ? cron : `${cron} ${timeZone}`;
  return intervalMs === undefined ? "" : formatDuration(intervalMs);
}
