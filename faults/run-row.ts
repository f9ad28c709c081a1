import type { RawLog } from "./log.ts";
import { RowRig } from "./rig.ts";
import { NotShown, type Row } from "./row.ts";

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
    await row.run(rig);
  } catch (error) {
    if (error instanceof NotShown) return ended({ notShown: error.message });
    return ended({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  ended();
}
