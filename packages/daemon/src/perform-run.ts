import type { Capability } from "@gvpie/capability";
import type { CartridgeFolder } from "./cartridge-folder.ts";
import { cutText } from "./cut-text.ts";
import { RunError } from "./errors.ts";
import { failureText } from "./failure-text.ts";
import { startTimeout } from "./own-timeout.ts";
import { unusableCapability } from "./run-capabilities.ts";
import { MAX_CODE_BYTES, type ClaimedRun, type RunOutcome } from "./store/index.ts";
import type { DaemonOptions, Drawing, RunContext, RunResult } from "./types.ts";
import type { UseAudit } from "./use-audit.ts";

/** Dependencies and limits of one run. */
export interface PerformOptions {
  readonly runners: DaemonOptions["runners"];
  readonly capabilities: DaemonOptions["capabilities"];
  readonly audit: UseAudit;
  readonly folder: CartridgeFolder;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly patienceMs: number;
  /** Aborting it ends the run with the given reason. */
  readonly controller: AbortController;
  /** Called for each report, also for one that changes nothing. */
  readonly waiting: (isWaiting: boolean) => void;
  readonly holdSlot: (isHeld: boolean) => void;
}

/** The time that a run has spent waiting for something outside the process. */
interface WaitTime {
  /** Milliseconds of the waits that have ended. */
  totalMs: number;
  /** Start of the present wait, by `performance.now()`. */
  since: number | undefined;
}

/** The capability of the run, once it is known. */
interface FoundCapability {
  capability?: Capability;
}

/** Runs a script and saves its drawing. Never throws: a failure becomes an unsuccessful outcome. */
export async function performRun(claimed: ClaimedRun, options: PerformOptions): Promise<RunOutcome> {
  const startedAt = performance.now();
  const wait: WaitTime = { totalMs: 0, since: undefined };
  const found: FoundCapability = {};
  const outcome = await runAndSave(claimed, options, wait, found).then(
    (success) => {
      options.audit.succeeded(claimed, found.capability);
      return success;
    },
    (error: unknown) => {
      options.audit.failed(claimed, found.capability, error);
      return toFailure(error, options.maxOutputBytes);
    },
  );
  const endedAt = performance.now();
  const waitedMs = wait.totalMs + (endedAt - (wait.since ?? endedAt));
  const durationMs = Math.max(0, Math.round(endedAt - startedAt - waitedMs));
  const { blocks } = found.capability ?? {};
  const capability = blocks && { root: blocks[0].id, leaf: (blocks.at(-1) ?? blocks[0]).id };
  return { runId: claimed.runId, durationMs, capability, ...outcome };
}

type UntimedOutcome = Omit<RunOutcome, "runId" | "durationMs">;

async function runAndSave(
  claimed: ClaimedRun,
  options: PerformOptions,
  wait: WaitTime,
  found: FoundCapability,
): Promise<UntimedOutcome> {
  const { drawing, stdout, stderr } = await runWithTimeout(claimed, options, wait, found);
  const max = options.maxOutputBytes;
  const output = { success: true, stdout: cutText(stdout, max), stderr: cutText(stderr, max) };
  if (!drawing) return output;
  const backend = backendText(drawing);
  const saved = await options.folder.save(claimed, drawing, backend);
  return {
    ...output,
    backend,
    cartridgePath: saved.path,
    cartridgeBytes: saved.bytes,
    fingerprint: saved.fingerprint,
  };
}

function toFailure(error: unknown, max: number): UntimedOutcome {
  const stopped = error instanceof RunError && error.code === "RUN_STOPPED";
  const stdout = error instanceof RunError ? cutText(error.stdout, max) : "";
  return { success: false, stdout, stderr: cutText(failureText(error), max), stopped };
}

/** Rejects on abort even if the runner ignores its signal. The timeout does not run while the run waits. */
async function runWithTimeout(
  claimed: ClaimedRun,
  options: PerformOptions,
  wait: WaitTime,
  found: FoundCapability,
): Promise<RunResult> {
  const { timeoutMs, patienceMs, controller, holdSlot } = options;
  const { signal } = controller;
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  const expire = (): void => {
    controller.abort(new RunError("RUN_TIMEOUT", `the run took longer than ${timeoutMs} ms`));
  };
  let limitFrom = performance.now();
  let cancel = startTimeout(timeoutMs, expire);
  const timeLeftMs = (): number => timeoutMs - (performance.now() - limitFrom);
  const waiting = (isWaiting: boolean, at: number = performance.now()): void => {
    if (isWaiting === (wait.since !== undefined)) return options.waiting(isWaiting);
    cancel();
    limitFrom = performance.now();
    if (!isWaiting && !signal.aborted) cancel = startTimeout(timeoutMs, expire);
    wait.totalMs += Math.max(0, at - (wait.since ?? at));
    wait.since = isWaiting ? at : undefined;
    options.waiting(isWaiting);
  };
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([
      runScript(claimed, options, { signal, patienceMs, waiting, holdSlot, timeLeftMs }, found),
      aborted.promise,
    ]);
  } finally {
    cancel();
    signal.removeEventListener("abort", onAbort);
  }
}

async function runScript(
  { script }: ClaimedRun,
  { runners, capabilities }: PerformOptions,
  context: RunContext,
  found: FoundCapability,
): Promise<RunResult> {
  context.signal.throwIfAborted();
  const { code, lang } = script;
  const runner = runners[lang];
  if (!runner && lang === "python") {
    throw new RunError(
      "PYTHON_DISABLED",
      "python scripts are disabled; zero-human-daemon runs them with --python",
    );
  }
  if (!runner) throw new RunError("NO_RUNNER", `no runner for the language ${lang}`);
  if (code === undefined) {
    throw new RunError("SCRIPT_TOO_LARGE", `expected at most ${MAX_CODE_BYTES} bytes of code`);
  }
  if (capabilities === undefined) {
    if (script.options.capability !== undefined) throw unusableCapability();
    return runner.run({ ...script, code }, context);
  }
  const capability = await capabilities.find(script, (known) => {
    found.capability = known;
  });
  context.signal.throwIfAborted();
  return runner.run({ ...script, code }, { ...context, capability });
}

function backendText({ backend, adapter }: Drawing): string {
  return adapter === "" || adapter === backend ? backend : `${backend} (${adapter})`;
}
