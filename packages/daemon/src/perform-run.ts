import type { CartridgeFolder } from "./cartridge-folder.ts";
import { RunError } from "./errors.ts";
import { failureText } from "./failure-text.ts";
import { MAX_CODE_BYTES, type ClaimedRun, type RunOutcome } from "./store/index.ts";
import type { DaemonOptions, Drawing, RunContext, RunResult } from "./types.ts";

const MAX_OUTPUT_LENGTH = 65_536;

/** How one run is carried out. */
export interface RunTerms {
  readonly runners: DaemonOptions["runners"];
  readonly folder: CartridgeFolder;
  readonly timeoutMs: number;
  readonly patienceMs: number;
  /** Aborting it ends the run with the reason given. */
  readonly controller: AbortController;
  readonly waiting: (isWaiting: boolean) => void;
}

/** Runs a script and saves what it drew. Never throws: what goes wrong is the outcome. */
export async function performRun(claimed: ClaimedRun, terms: RunTerms): Promise<RunOutcome> {
  const startedAt = performance.now();
  const ending = await attempt(claimed, terms).catch(failed);
  return { runId: claimed.runId, durationMs: Math.round(performance.now() - startedAt), ...ending };
}

type Ending = Omit<RunOutcome, "runId" | "durationMs">;

async function attempt(claimed: ClaimedRun, terms: RunTerms): Promise<Ending> {
  const { drawing, stdout, stderr } = await runInTime(claimed, terms);
  const output = { success: true, stdout: bounded(stdout), stderr: bounded(stderr) };
  if (!drawing) return output;
  const backend = backendText(drawing);
  const saved = await terms.folder.save(claimed, drawing, backend);
  return { ...output, backend, cartridgePath: saved.path, fingerprint: saved.fingerprint };
}

function failed(error: unknown): Ending {
  const stopped = error instanceof RunError && error.code === "RUN_STOPPED";
  const stdout = error instanceof RunError ? bounded(error.stdout) : "";
  return { success: false, stdout, stderr: failureText(error), stopped };
}

/** Ends when the run is aborted, whether or not the runner minds its signal. Time in which the run waits does not count. */
async function runInTime(claimed: ClaimedRun, terms: RunTerms): Promise<RunResult> {
  const { timeoutMs, patienceMs, controller } = terms;
  const { signal } = controller;
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  const expire = (): void => {
    controller.abort(new RunError("RUN_TIMEOUT", `the run took longer than ${timeoutMs} ms`));
  };
  let timer = setTimeout(expire, timeoutMs);
  const waiting = (isWaiting: boolean): void => {
    clearTimeout(timer);
    if (!isWaiting && !signal.aborted) timer = setTimeout(expire, timeoutMs);
    terms.waiting(isWaiting);
  };
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([
      runScript(claimed, terms.runners, { signal, patienceMs, waiting }),
      aborted.promise,
    ]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

async function runScript(
  { script }: ClaimedRun,
  runners: DaemonOptions["runners"],
  context: RunContext,
): Promise<RunResult> {
  context.signal.throwIfAborted();
  const { code, lang } = script;
  const runner = runners[lang];
  if (!runner && lang === "python") {
    throw new RunError("PYTHON_DISABLED", "python scripts are switched off");
  }
  if (!runner) throw new RunError("NO_RUNNER", `nothing here runs scripts in the language ${lang}`);
  if (code === undefined) {
    throw new RunError("SCRIPT_TOO_LARGE", `the script has more than ${MAX_CODE_BYTES} bytes of code`);
  }
  return runner.run({ ...script, code }, context);
}

function backendText({ backend, adapter }: Drawing): string {
  return adapter === "" || adapter === backend ? backend : `${backend} (${adapter})`;
}

function bounded(text: string): string {
  return text.length <= MAX_OUTPUT_LENGTH ? text : `${text.slice(0, MAX_OUTPUT_LENGTH)}…`;
}
