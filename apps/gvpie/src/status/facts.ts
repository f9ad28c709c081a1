import { type Overview, StoreError, type StoreReader } from "@gvpie/daemon/store";
import { FileSocketError, readServerStatus, type ServerStatus } from "@gvpie/file-socket";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { daemonsOf, isProcess, type Daemon } from "./daemons.ts";

const DAY_MS = 86_400_000;
/** Failing scripts of which the last error is read. */
const MAX_ERRORS = 5;
const DEFAULT_DIR = "/tmp/gvpie";

/** The renderer of a directory. */
export interface Renderer {
  readonly dir: string;
  readonly status: ServerStatus;
  /** Set if the directory cannot be read. */
  readonly error?: string;
}

/** All that `gvpie status` reads. */
export interface Facts {
  readonly db: string;
  /** Unix milliseconds. */
  readonly now: number;
  readonly daemons: readonly Daemon[];
  readonly renderers: readonly Renderer[];
  readonly overview: Overview;
  /** First line of the last error of a failing script, by its name, for the first ones. */
  readonly errors: ReadonlyMap<string, string>;
}

/** @param dir of the renderer; default: those of the running daemons. */
export async function readFacts(
  store: StoreReader,
  { db, dir, maxAgeMs }: { readonly db: string; readonly dir: string | undefined; readonly maxAgeMs: number },
): Promise<Facts> {
  const now = Date.now();
  const overview = await store.readOverview({ failuresSince: new Date(now - DAY_MS).toISOString() });
  const daemons = daemonsOf(overview.workers, { host: hostname(), isProcess, maxAgeMs });
  const used = daemons.flatMap(({ state, worker }) =>
    state === "running" && worker.state.dir !== undefined ? [worker.state.dir] : [],
  );
  const dirs = dir === undefined ? used : [resolve(dir)];
  const errors = new Map<string, string>();
  for (const { name } of overview.failures.scripts.slice(0, MAX_ERRORS)) {
    const error = await readError(store, name);
    if (error !== "") errors.set(name, error);
  }
  return {
    db,
    now,
    daemons,
    renderers: (dirs.length === 0 ? [DEFAULT_DIR] : [...new Set(dirs)]).map(readRenderer),
    overview,
    errors,
  };
}

/** Returns nothing for a script that was removed meanwhile, or whose name is no text: another program can have added it. */
async function readError(store: StoreReader, name: string): Promise<string> {
  try {
    const [run] = await store.listRuns({ script: name, result: "failed", limit: 1 });
    return run?.stderr.split("\n", 1)[0] ?? "";
  } catch (error) {
    if (error instanceof StoreError && error.code === "STORE_NO_SCRIPT") return "";
    throw error;
  }
}

function readRenderer(dir: string): Renderer {
  try {
    return { dir, status: readServerStatus(dir) };
  } catch (error) {
    if (!(error instanceof FileSocketError)) throw error;
    return { dir, status: { state: "absent", isProcessFound: false }, error: error.message };
  }
}
