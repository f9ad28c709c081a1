import { StoreError, type ScriptStore, type ScriptSummary } from "./store/index.ts";
import type { DaemonEvent } from "./types.ts";

/** Scripts reported one by one; the rest are only counted. */
const MAX_REPORTED = 20;
/** Scripts read at a time. */
const PAGE = 200;

/**
 * Reports the scripts that another program enabled, and that no loop can run, until the signal is aborted. Never throws: if the
 * database fails, the loop says so.
 */
export async function reportRefused(
  store: ScriptStore,
  emit: (event: DaemonEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let count = 0;
  let after: ScriptSummary["id"] | undefined;
  try {
    while (!signal.aborted) {
      const page = await store.listScripts({ limit: PAGE, ...(after !== undefined && { after }) });
      for (const { name, refused } of page) {
        if (refused === undefined || ++count > MAX_REPORTED) continue;
        const message = `the script ${JSON.stringify(name)} never runs: ${refused}`;
        emit({ type: "refused", level: "warn", message, fields: { script: name } });
      }
      if (page.length < PAGE) break;
      after = page.at(-1)?.id;
      // The loop runs scripts meanwhile.
      await new Promise(setImmediate);
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
  const more = count - MAX_REPORTED;
  if (more > 0) {
    emit({ type: "refused", level: "warn", message: `${more} more scripts never run`, fields: { more } });
  }
}
