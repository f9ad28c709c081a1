import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openStore } from "@gvpie/daemon/store";
import type { Effort } from "../harness.ts";
import { makeLargeStore, runEach } from "../operations/large-store.ts";
import { measureLoop } from "../operations/loop-rates.ts";
import { buildPage, measurePage } from "../operations/page-times.ts";
import { measureStatus } from "../operations/status-times.ts";
import { onDisk } from "../places.ts";
import type { Result } from "../results.ts";

const SCRIPTS = 100_000;
const RUNS = 10_000_000;
/** Longer than the measurements take. */
const DAY_MS = 86_400_000;

/** Measures `gvpie status`, the page, and a loop while an operator watches it, on a large store. */
export async function* operations(effort: Effort): AsyncGenerator<Result> {
  buildPage();
  yield* onDisk(async function* (dir) {
    const database = join(dir, "daemon.db");
    await makeLargeStore(database, { scripts: SCRIPTS * effort.scale, runs: RUNS * effort.scale });
    {
      await using store = await openStore({ path: database });
      await runEach(store, DAY_MS);
    }
    yield await measureStatus(dir, database, effort);
    yield* measurePage(dir, database, effort);
    makeDue(database);
    yield* measureLoop(dir, database, effort);
  });
}

/** Makes all scripts due at once, as another program would. */
function makeDue(path: string): void {
  const database = new DatabaseSync(path);
  database.exec("UPDATE improvement_scripts SET enabled = 0; UPDATE improvement_scripts SET enabled = 1");
  database.close();
}
