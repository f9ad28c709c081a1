import type { Conditions } from "./conditions.ts";
import { StoreError, type StoreErrorCode } from "./store/index.ts";
import type { DaemonEvent } from "./types.ts";

/** Work of the loop in the database that is tried again when it fails. */
export type StoreWork = "claim" | "record" | "lease" | "beat";

/** The failures of the database that last. */
export interface StoreFailures {
  /** Time of the last failure, by `performance.now()`. */
  readonly lastAt: number;
  failed(work: StoreWork, error: unknown, retryMs: number): void;
  /** Ends the condition that this work began, unless other work still fails in the same way. Work that writes a row stands for leases. */
  succeeded(work: StoreWork): void;
}

export function createStoreFailures(
  conditions: Conditions,
  emit: (event: DaemonEvent) => void,
): StoreFailures {
  const failing = new Map<StoreWork, StoreErrorCode>();
  let lastAt = -Infinity;

  function end(work: StoreWork): void {
    const code = failing.get(work);
    if (code === undefined) return;
    failing.delete(work);
    if (![...failing.values()].includes(code)) conditions.clear(code);
  }

  return {
    get lastAt() {
      return lastAt;
    },
    failed(work, error, retryMs) {
      lastAt = performance.now();
      const message = error instanceof Error ? error.message : String(error);
      const code = error instanceof StoreError ? error.code : "STORE_IO";
      if (failing.get(work) !== code) end(work);
      failing.set(work, code);
      conditions.raise(code, { level: "error", message, recovery: "the database works again" });
      const retryInMs = Math.round(retryMs);
      const text = `${message} (${work}; tried again in ${retryInMs} ms)`;
      emit({ type: "store", level: "debug", message: text, fields: { code, work, retryInMs } });
    },
    succeeded(work) {
      end(work);
      if (work === "record" || work === "beat") end("lease");
    },
  };
}
