import { measureClaimRecord } from "../claim-record.ts";
import { type Effort, summary } from "../harness.ts";
import type { RaceResult } from "../results.ts";

/** Numbers of scripts in the database; all are due. */
const SIZES = [1e3, 1e5, 1e6];

/** Claiming a run and recording its result, both durable, beside the same statements written by hand. */
export async function* storeRaces({ rounds, scale }: Effort): AsyncGenerator<RaceResult> {
  for (const scripts of SIZES) {
    const durable = await measureClaimRecord({
      scripts: scripts * scale,
      runs: 0,
      synchronous: "full",
      rounds,
    });
    yield {
      kind: "race",
      id: `store/${scripts}`,
      title: `claim + record, ${scripts.toLocaleString("en")} scripts, every commit on the disk`,
      timings: [
        { name: "ours", role: "ours", ...summary(durable.oursUs) },
        { name: "better-sqlite3, raw prepared statements", role: "floor", ...summary(durable.rawUs) },
      ],
    };
  }
}
