import type { Bell } from "./bell.ts";
import type { CartridgeFolder } from "./cartridge-folder.ts";
import { RunError } from "./errors.ts";
import { performRun } from "./perform-run.ts";
import type { Recorder } from "./recorder.ts";
import type { ClaimedRun, Lang, RunOutcome } from "./store/index.ts";
import type { DaemonEvent, DaemonOptions, RunReport } from "./types.ts";

/** What a run is recorded with whose process died. */
export const LOST_TEXT = "RUN_LOST: the process that ran this script died, or lost its database for too long";

/** The runs in hand of one process. */
export interface ActiveRuns {
  /** Runs that take a place: those that neither wait nor have only to be recorded. */
  readonly busy: number;
  /** Languages whose scripts wait for something outside the process. */
  readonly waitingLangs: ReadonlySet<Lang>;
  readonly size: number;
  /** Runs, saves and records, and resolves with the report; rejects when it could not be recorded. */
  start(claimed: ClaimedRun, patienceMs: number): Promise<RunReport>;
  /** Ends the runs that are not among these: their leases have expired. */
  keep(held: ReadonlySet<number>): void;
  /** From now on ends runs that wait, at once; after so many milliseconds, all others. Resolves when none is in hand. */
  stop(graceMs: number): Promise<void>;
}

interface ActiveRun {
  readonly claimed: ClaimedRun;
  readonly controller: AbortController;
  readonly done: Promise<unknown>;
  isWaiting: boolean;
  /** What it drew is saved; it is being recorded. */
  isDone: boolean;
}

export function createActiveRuns(options: {
  readonly runners: DaemonOptions["runners"];
  readonly timeoutMs: number;
  readonly folder: CartridgeFolder;
  readonly recorder: Recorder;
  /** Rings when a place has become free. */
  readonly bell: Bell;
  readonly emit: (event: DaemonEvent) => void;
}): ActiveRuns {
  const { runners, timeoutMs, folder, recorder, bell, emit } = options;
  const active = new Map<number, ActiveRun>();
  let isStopping = false;

  async function carryOut(claimed: ClaimedRun, patienceMs: number): Promise<RunReport> {
    const { runId } = claimed;
    const controller = new AbortController();
    const finished = Promise.withResolvers<void>();
    const run: ActiveRun = { claimed, controller, done: finished.promise, isWaiting: false, isDone: false };
    active.set(runId, run);
    const waiting = (isWaiting: boolean): void => {
      if (run.isWaiting === isWaiting) return;
      run.isWaiting = isWaiting;
      bell.ring();
      if (isWaiting && isStopping) stopRun(run);
      if (isWaiting) emit(waitingEvent(claimed));
    };
    try {
      const outcome = await performRun(claimed, {
        runners,
        folder,
        timeoutMs,
        patienceMs,
        controller,
        waiting,
      });
      run.isDone = true;
      bell.ring();
      if (await recorder.record(outcome)) return report(claimed, outcome);
      emit(lostEvent(claimed));
      const { durationMs } = outcome;
      return report(claimed, { runId, success: false, stdout: "", stderr: LOST_TEXT, durationMs });
    } finally {
      active.delete(runId);
      finished.resolve();
      bell.ring();
    }
  }

  return {
    get busy() {
      let busy = 0;
      for (const { isWaiting, isDone } of active.values()) if (!isWaiting && !isDone) busy++;
      return busy;
    },
    get waitingLangs() {
      const langs = new Set<Lang>();
      for (const { isWaiting, claimed } of active.values()) if (isWaiting) langs.add(claimed.script.lang);
      return langs;
    },
    get size() {
      return active.size;
    },
    start: carryOut,
    keep(held) {
      for (const [runId, { controller }] of active) {
        if (!held.has(runId)) controller.abort(new RunError("RUN_LOST", "the run's lease has expired"));
      }
    },
    async stop(graceMs) {
      isStopping = true;
      for (const run of active.values()) if (run.isWaiting) stopRun(run);
      const timer = setTimeout(() => {
        for (const run of active.values()) stopRun(run);
      }, graceMs);
      while (active.size > 0) await Promise.all(Array.from(active.values(), (run) => run.done));
      clearTimeout(timer);
    },
  };
}

function stopRun({ controller }: ActiveRun): void {
  controller.abort(new RunError("RUN_STOPPED", "the loop ended before the run did"));
}

function report({ script, runId }: ClaimedRun, outcome: RunOutcome): RunReport {
  const { success, stdout, stderr, durationMs, backend, cartridgePath, fingerprint } = outcome;
  return {
    runId,
    scriptId: script.id,
    name: script.name,
    lang: script.lang,
    success,
    stdout,
    stderr,
    durationMs,
    backend,
    cartridgePath,
    isNewCartridge: fingerprint !== undefined,
  };
}

function waitingEvent({ runId, script }: ClaimedRun): DaemonEvent {
  const message = `no renderer answers: ${JSON.stringify(script.name)} waits for one`;
  return { type: "waiting", level: "warn", message, fields: { run: runId, script: script.name } };
}

function lostEvent({ runId, script }: ClaimedRun): DaemonEvent {
  const message = `run ${runId} of ${JSON.stringify(script.name)} ended too late: it was recorded as lost`;
  return { type: "lost", level: "warn", message, fields: { run: runId, script: script.name } };
}
