import { formatDuration } from "@gvpie/app-common";
import type { Script } from "@gvpie/daemon/store";

/** Returns a script as an entry of a file of scripts. Fields with their default values are left out. */
export function toEntry({ name, lang, code, enabled, refused, pausedAt, options }: Script): object {
  const { intervalMs, cron, timeZone, missed, timeoutMs, retries } = options;
  const { width, height, background, params, capability } = options;
  return {
    name,
    lang,
    ...(!enabled && refused === undefined && { enabled }),
    ...(pausedAt !== undefined && { paused: true }),
    ...(intervalMs !== undefined && cron === undefined && { interval: formatDuration(intervalMs) }),
    ...(cron !== undefined && { cron }),
    ...(timeZone !== undefined && { timeZone }),
    ...(missed !== undefined && { missed }),
    ...(timeoutMs !== undefined && { timeout: formatDuration(timeoutMs) }),
    ...(retries !== undefined && { retries }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(background !== undefined && { background }),
    ...(params !== undefined && { params: sorted(params) }),
    ...(capability !== undefined && { capability }),
    code,
  };
}

function sorted<T>(values: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}
