import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { DisposableContext } from "./case-context.ts";
import { type FaultCase, Unsupported } from "./fault-case.ts";
import type { RunLog } from "./run-log.ts";

/** No case takes this long. A case that hangs must not keep the others from running. */
const TIMEOUT_MS = { short: 170_000, full: 3_000_000 };

// The cases start thousands of processes, and most of a start is compilation.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(
  new URL("../../../.cache/faults/compiled", import.meta.url),
);

/** Runs one case and writes everything it observes to the log. Never rejects: an error is written to the log too. */
export async function runCase(faultCase: FaultCase, log: RunLog, isFull: boolean): Promise<void> {
  const startedAt = performance.now();
  const writeEnd = (reason: object = {}): void => {
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    log.write({ case: faultCase.number, end: { seconds, ...reason } });
  };
  log.write({ case: faultCase.number, start: { isFull } });
  try {
    await using context = new DisposableContext(isFull, (observation) =>
      log.write({ case: faultCase.number, observation }),
    );
    const over = new AbortController();
    const timeoutMs = isFull ? TIMEOUT_MS.full : TIMEOUT_MS.short;
    const timeout = sleep(timeoutMs, undefined, { signal: over.signal, ref: false }).then(() => {
      throw new Error(`stopped after ${timeoutMs / 1000} s`);
    });
    timeout.catch(() => {});
    await Promise.race([faultCase.run(context), timeout]).finally(() => over.abort());
  } catch (error) {
    if (error instanceof Unsupported) return writeEnd({ unsupported: error.message });
    return writeEnd({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  writeEnd();
}
