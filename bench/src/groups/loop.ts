import { openStore } from "@gvpie/daemon/store";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "@gvpie/testing";

import type { Effort } from "../harness.ts";
import { onDisk } from "../places.ts";
import { startLoop, startRenderer } from "../processes.ts";
import type { Figures } from "../results.ts";

const SCRIPTS = 1000;
const RUNS = 100_000;
const TIMEOUT_S = 180;

/** Both daemons as installed, under full load: every run renders through the spool and saves a cartridge. */
export async function* wholeLoop({ scale }: Effort): AsyncGenerator<Figures> {
  yield* onDisk(async function* (dir) {
    const [database, socket] = [join(dir, "daemon.db"), join(dir, "socket")];
    await fillStore(database);
    const renderer = await startRenderer(socket);
    const paths = ["--db", database, "--cartridges", join(dir, "cartridges"), "--dir", socket];
    const loop = startLoop([...paths, "--save=always", "--interval=0", "--concurrency=16"]);
    try {
      const rates = await measureRates(database, RUNS * scale);
      const failed = query(database, "SELECT count(*) AS n FROM improvement_runs WHERE success = 0");
      if (failed > 0) throw new Error(`${failed} runs failed`);
      const total = query(database, "SELECT count(*) AS n FROM improvement_runs WHERE success = 1");
      yield {
        kind: "figures",
        id: "loop",
        title: `the whole loop, ${total.toLocaleString("en")} runs, each a new cartridge`,
        figures: [
          { name: "both daemons", value: median(rates), unit: "/s" },
          { name: "first fifth", value: median(rates.slice(0, Math.ceil(rates.length / 5))), unit: "/s" },
          { name: "last fifth", value: median(rates.slice(-Math.ceil(rates.length / 5))), unit: "/s" },
        ],
      };
    } finally {
      await loop.kill("SIGTERM");
      await renderer.kill("SIGTERM");
    }
  });
}

async function fillStore(path: string): Promise<void> {
  await using store = await openStore({ path });
  await store.updateScript("hello_gpu", { enabled: false });
  for (let i = 0; i < SCRIPTS; i++) {
    await store.addScript({ name: `script ${i}`, lang: "gvpie", code: `TXT 10 10 Hello GPU ${i}` });
  }
}

/** Counts finished runs per second until `total` runs have finished. */
async function measureRates(database: string, total: number): Promise<number[]> {
  const finished = () => query(database, "SELECT count(finished_at) AS n FROM improvement_runs");
  const rates: number[] = [];
  let [before, at] = [finished(), performance.now()];
  while (before < total && rates.length < TIMEOUT_S) {
    await sleep(1000);
    const [now, time] = [finished(), performance.now()];
    rates.push(((now - before) * 1000) / (time - at));
    [before, at] = [now, time];
  }
  return rates;
}

function query(path: string, sql: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(database.prepare(sql).get()?.["n"]);
  } finally {
    database.close();
  }
}
