import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import type { RawLog } from "./log.ts";
import { RowRig } from "./rig.ts";
import { NotShown, type Row } from "./row.ts";

/** No row takes so long, short or full. What hangs must not keep the others from being shown. */
const LONGEST_MS = { short: 170_000, full: 3_000_000 };

// Most of a start is compiling; thousands of processes are started.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("../.cache/faults/compiled", import.meta.url));

/** Run one row and write all that is seen to the log. Never rejects: what breaks a row off is written too. */
export async function runRow(row: Row, log: RawLog, isFull: boolean): Promise<void> {
  const startedAt = performance.now();
  const ended = (why: object = {}): void => {
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    log.write({ row: row.number, end: { seconds, ...why } });
  };
  log.write({ row: row.number, start: { isFull } });
  try {
    await using rig = new RowRig(isFull, (seen) => log.write({ row: row.number, seen }));
    const over = new AbortController();
    const longestMs = isFull ? LONGEST_MS.full : LONGEST_MS.short;
    const deadline = sleep(longestMs, undefined, { signal: over.signal, ref: false }).then(() => {
      throw new Error(`it was broken off after ${longestMs / 1000} s`);
    });
    deadline.catch(() => {});
    await Promise.race([row.run(rig), deadline]).finally(() => over.abort());
  } catch (error) {
    if (error instanceof NotShown) return ended({ notShown: error.message });
    return ended({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  ended();
}
