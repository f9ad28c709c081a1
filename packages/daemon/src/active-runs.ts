import type { CartridgeFolder } from "./cartridge-folder.ts";
import { RunError } from "./errors.ts";
import { failureText } from "./failure-text.ts";
import type { LangHealth } from "./lang-health.ts";
import { performRun } from "./perform-run.ts";
import type { Recorder } from "./recorder.ts";
import type { ClaimedRun, Lang, RunOutcome, ScriptStore } from "./store/index.ts";
import type { DaemonEvent, DaemonOptions, RunReport } from "./types.ts";
import { createUseAudit } from "./use-audit.ts";
import type { WakeSignal } from "./wake-signal.ts";

const LOST =
  "the process that ran this script died, was stopped, or could not reach its database, for longer than the lease";
/** stderr text recorded for a run whose process died. */
export const LOST_RUN_STDERR: string = `RUN_LOST: ${LOST}`;

/** Milliseconds that a run waits for other processes. */
export interface Patience {
  /** For something that the script needs, such as a renderer. */
  readonly runMs: number;
  /** For the database, to record the outcome. */
  readonly recordMs: number;
}

/** The runs in progress in this process. */
export interface ActiveRuns {
  /** Runs that occupy a concurrency slot: neither waiting nor being recorded. */
  readonly busySlots: number;
  /** Languages with a run that waits for something outside the process, or has given its slot back. */
  readonly waitingLangs: ReadonlySet<Lang>;
  /** Returns the number of runs in a language that have not ended. */
  inProgress(lang: Lang): number;
  readonly size: number;
  /** Runs that wait for something outside the process. */
  readonly waitingRuns: number;
  /** Runs whose outcomes are being recorded. */
  readonly recording: number;
  /** Runs, saves and records. Resolves with the report; rejects if the outcome could not be recorded. */
  start(claimed: ClaimedRun, patience: Patience): Promise<RunReport>;
  /** Aborts the runs that are not in `held`: their leases have expired, or their scripts were removed. */
  abortAllExcept(held: ReadonlySet<number>): Promise<void>;
  /** Aborts waiting runs at once, and all others after `graceMs`. Resolves when no run is left. */
  stop(graceMs: number): Promise<void>;
}

interface ActiveRun {
  readonly claimed: ClaimedRun;
  readonly controller: AbortController;
  readonly done: Promise<unknown>;
  isWaiting: boolean;
  /** True while it has given its slot back, because its renderer does not reply. */
  isSlotFree: boolean;
  /** True once its cartridge is saved and only its outcome has to be recorded. */
  isRecording: boolean;
}

export function createActiveRuns(options: {
  readonly runners: DaemonOptions["runners"];
  readonly capabilities: DaemonOptions["capabilities"];
  readonly onAudit: DaemonOptions["onAudit"];
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly folder: CartridgeFolder;
  readonly recorder: Recorder;
  readonly store: Pick<ScriptStore, "getRun">;
  /** Notified when a concurrency slot becomes free. */
  readonly wake: WakeSignal;
  readonly emit: (event: DaemonEvent) => void;
  /** Notified when a run begins to wait, and when what it waits for answers. */
  readonly health: Pick<LangHealth, "waits" | "answers" | "ended">;
}): ActiveRuns {
  const { runners, capabilities, timeoutMs, maxOutputBytes, folder, recorder, store, wake, emit, health } =
    options;
  const audit = createUseAudit(options.onAudit);
  const active = new Map<number, ActiveRun>();
  let isStopping = false;

  async function start(claimed: ClaimedRun, patience: Patience): Promise<RunReport> {
    const { runId } = claimed;
    const controller = new AbortController();
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const states = { isWaiting: false, isSlotFree: false, isRecording: false };
    const run: ActiveRun = { claimed, controller, done, ...states };
    active.set(runId, run);
    const { lang } = claimed.script;
    const runTimeoutMs = Math.max(1, claimed.script.options.timeoutMs ?? timeoutMs);
    const waiting = (isWaiting: boolean): void => {
      if (!isWaiting && !controller.signal.aborted) health.answers(lang);
      if (run.isWaiting === isWaiting) return;
      run.isWaiting = isWaiting;
      wake.notify();
      if (!isWaiting) return;
      if (isStopping) stopRun(run);
      health.waits(lang);
      emit(waitingEvent(claimed));
    };
    const holdSlot = (isHeld: boolean): void => {
      if (run.isSlotFree !== isHeld) return;
      run.isSlotFree = !isHeld;
      wake.notify();
    };
    try {
      const outcome = await performRun(claimed, {
        runners,
        capabilities,
        audit,
        folder,
        timeoutMs: runTimeoutMs,
        maxOutputBytes,
        patienceMs: patience.runMs,
        controller,
        waiting,
        holdSlot,
      });
      health.ended(lang, outcome, runTimeoutMs);
      run.isRecording = true;
      wake.notify();
      if (await recorder.record(outcome, patience.recordMs)) return toReport(claimed, outcome);
      const error = await readLoss(runId);
      emit(lossEvent(claimed, error));
      const { durationMs } = outcome;
      return toReport(claimed, { runId, success: false, stdout: "", stderr: failureText(error), durationMs });
    } finally {
      active.delete(runId);
      resolve();
      wake.notify();
    }
  }

  /** Returns the reason for which a run that this process held can no longer be recorded. */
  async function readLoss(runId: number): Promise<RunError> {
    return (await store.getRun(runId))
      ? new RunError("RUN_LOST", LOST)
      : new RunError("RUN_REMOVED", "the script was removed, with its runs, while it ran");
  }

  function count(matches: (run: ActiveRun) => boolean): number {
    let counted = 0;
    for (const run of active.values()) if (matches(run)) counted++;
    return counted;
  }

  return {
    get busySlots() {
      return count((run) => !run.isWaiting && !run.isSlotFree && !run.isRecording);
    },
    get waitingLangs() {
      const langs = new Set<Lang>();
      for (const { isWaiting, isSlotFree, isRecording, claimed } of active.values()) {
        if ((isWaiting || isSlotFree) && !isRecording) langs.add(claimed.script.lang);
      }
      return langs;
    },
    inProgress: (lang) => count((run) => !run.isRecording && run.claimed.script.lang === lang),
    get size() {
      return active.size;
    },
    get waitingRuns() {
      return count((run) => run.isWaiting);
    },
    get recording() {
      return count((run) => run.isRecording);
    },
    start,
    async abortAllExcept(held) {
      const lost = [...active].filter(([runId]) => !held.has(runId));
      for (const [runId, { controller }] of lost) controller.abort(await readLoss(runId));
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
  controller.abort(new RunError("RUN_STOPPED", "the daemon was closed before the run ended"));
}

function toReport({ script, runId, lateMs }: ClaimedRun, outcome: RunOutcome): RunReport {
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
    lateMs,
    backend,
    cartridgePath,
    isNewCartridge: fingerprint !== undefined,
  };
}

function waitingEvent({ runId, script }: ClaimedRun): DaemonEvent {
  const message = `no renderer answers: ${JSON.stringify(script.name)} waits for one`;
  return { type: "waiting", level: "debug", message, fields: { run: runId, script: script.name } };
}

function lossEvent({ runId, script }: ClaimedRun, { code }: RunError): DaemonEvent {
  const fields = { run: runId, script: script.name };
  const run = `run ${runId} of ${JSON.stringify(script.name)}`;
  return code === "RUN_LOST"
    ? {
        type: "lost",
        level: "warn",
        message: `${run} ended after its lease had expired: recorded as lost`,
        fields,
      }
    : {
        type: "removed",
        level: "info",
        message: `${run} is not recorded: the script was removed while it ran`,
        fields,
      };
}
