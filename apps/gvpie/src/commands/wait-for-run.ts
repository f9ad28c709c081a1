import { formatDuration } from "@gvpie/app-common";
import { WORKER_SILENT_MS, type RowId, type Run, type ScriptStore } from "@gvpie/daemon/store";
import { hostname } from "node:os";
import { CommandError } from "../errors.ts";
import { daemonsOf, isProcess } from "../status/daemons.ts";

/** Milliseconds between two looks at the run. */
const POLL_MS = 100;
/** Milliseconds without a daemon after which the wait ends: one that is started again, or runs each script once, reports earlier. */
const ALONE_MS = 20_000;

interface Wait {
  readonly name: string;
  readonly request: number;
  readonly timeoutMs: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  readonly pause?: (ms: number) => Promise<void>;
}

/** Returns true if a daemon runs that works on the database. */
export async function isServed(store: Pick<ScriptStore, "listWorkers">): Promise<boolean> {
  const here = { host: hostname(), isProcess, maxAgeMs: WORKER_SILENT_MS };
  return daemonsOf(await store.listWorkers(), here).some(({ state }) => state === "running");
}

/** @throws {CommandError} `RUN_NOT_ENDED` if the time is over, no daemon runs, or the run was deleted. */
export async function waitForRun(
  store: Pick<ScriptStore, "findRequestedRun" | "getRun" | "listWorkers">,
  { name, request, timeoutMs, now = () => performance.now(), pause = pauseFor }: Wait,
): Promise<Run> {
  const startedAt = now();
  let servedAt = startedAt;
  const notEnded = (expected: string, found: string): CommandError =>
    new CommandError("RUN_NOT_ENDED", `expected a run of ${name} to end${expected}, got ${found}`);
  for (;;) {
    const runId = await store.findRequestedRun(request);
    const run = runId === undefined ? undefined : await store.getRun(runId);
    if (run?.finishedAt !== undefined) return run;
    if (runId !== undefined && run === undefined) {
      throw notEnded("", `run ${runId}, whose row was deleted: raise --keep-runs of the daemon`);
    }
    if (await isServed(store)) servedAt = now();
    if (now() - servedAt >= ALONE_MS) {
      const found = `no daemon for ${formatDuration(ALONE_MS)}: start zero-human-daemon`;
      throw notEnded("", `${found}; ${laterOf(runId)}`);
    }
    const leftMs = timeoutMs - (now() - startedAt);
    if (leftMs <= 0) {
      const state =
        runId === undefined
          ? "none that started; gvpie status says why"
          : `run ${runId}, which still runs; gvpie runs show ${runId} prints it`;
      throw notEnded(` within ${formatDuration(timeoutMs)}`, state);
    }
    await pause(Math.min(POLL_MS, leftMs));
  }
}

/** Returns what becomes of the request. */
function laterOf(runId: RowId | undefined): string {
  return runId === undefined
    ? "the request stays"
    : `it records run ${runId} as lost, and the script runs again`;
}

function pauseFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
