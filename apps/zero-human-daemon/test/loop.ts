import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStore, type NewScript, type Run, type ScriptStore } from "@gvpie/daemon/store";
import { onTestFinished } from "vitest";
import { startProcess, type Daemon, type Ended } from "../../gvpie-daemon/test/daemon.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** A working directory with its own database, cartridges and renderer directory. */
export interface Place {
  readonly cwd: string;
  /** The directory that a renderer may serve. */
  readonly shared: string;
  start(...args: string[]): Daemon;
  /** Runs to the end. */
  run(...args: string[]): Promise<Ended>;
  /** Opens the database, which is made where there is none. */
  withStore<T>(use: (store: ScriptStore) => Promise<T>): Promise<T>;
}

export function makePlace(): Place {
  const cwd = mkdtempSync(join(tmpdir(), "zero-human-daemon-"));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  const shared = join(cwd, "shared");
  const start = (...args: string[]): Daemon => startProcess(MAIN, args, { cwd, env: { GVPIE_DIR: shared } });
  return {
    cwd,
    shared,
    start,
    run: (...args) => start(...args).ended,
    async withStore(use) {
      const store = await openStore({ path: join(cwd, "db/daemon.db") });
      try {
        return await use(store);
      } finally {
        await store.close();
      }
    },
  };
}

/** A place whose database holds just these scripts. */
export async function placeWith(...scripts: readonly NewScript[]): Promise<Place> {
  const place = makePlace();
  await place.withStore(async (store) => {
    await store.removeScript("hello_gpu");
    for (const script of scripts) await store.addScript(script);
  });
  return place;
}

/** Every run, oldest first. */
export function allRuns(place: Place): Promise<Run[]> {
  return place.withStore(async (store) => (await store.listRuns({ limit: 100_000 })).reverse());
}
