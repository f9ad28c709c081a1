import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { openStore } from "@gvpie/daemon/store";
import { type Effort, shuffled, summary } from "../harness.ts";
import { GVPIE, withBundle } from "../bundle.ts";
import type { RaceResult } from "../results.ts";

const ROUNDS = 30;

/** Measures `gvpie status` from start to exit: of the database, of an empty one, and beside a command that opens none. */
export async function measureStatus(dir: string, database: string, { scale }: Effort): Promise<RaceResult> {
  const empty = join(dir, "empty.db");
  {
    await using store = await openStore({ path: empty });
    await store.removeScript("hello_gpu");
  }
  const runs = [
    { name: "gvpie status", role: "ours", args: ["status", `--db=${database}`] },
    { name: "gvpie status, empty database", role: "ours", args: ["status", `--db=${empty}`] },
    { name: "gvpie --version", role: "floor", args: ["--version"] },
  ] as const;
  const samples = runs.map(() => new Array<number>());
  await withBundle(() => {
    for (let round = -2; round < ROUNDS * scale; round++) {
      for (const [index, { args }] of shuffled([...runs.entries()])) {
        const start = performance.now();
        const { status, stderr } = spawnSync(process.execPath, [GVPIE, ...args], { encoding: "utf8" });
        const us = (performance.now() - start) * 1_000;
        // 1: no daemon runs.
        if (status !== 0 && status !== 1) throw new Error(stderr);
        if (round >= 0) samples[index]?.push(us);
      }
    }
  });
  return {
    kind: "race",
    id: "operations/status",
    title: "gvpie status, from start to exit",
    timings: runs.map(({ name, role }, index) => ({ name, role, ...summary(samples[index] ?? []) })),
  };
}
