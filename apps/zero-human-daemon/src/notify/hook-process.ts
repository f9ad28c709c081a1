import { spawn, type ChildProcess } from "node:child_process";

const MAX_OUTPUT_BYTES = 4_096;

/** Time limits of a hook in milliseconds. */
export interface HookLimits {
  /** Until SIGTERM. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** From SIGTERM to SIGKILL. Default 5,000. */
  readonly killMs?: number | undefined;
}

/** The outcome of a hook. */
export interface HookResult {
  /** The reason, such as `exit code 3`; undefined if it succeeded. */
  readonly failure: string | undefined;
  /** The first 4 KiB of its output. */
  readonly output: string;
}

/**
 * Runs an executable without arguments, in a process group of its own, which is ended at the time limit.
 *
 * It has ended when its output is closed too, so that a child that it left behind counts until then.
 *
 * @param signal ends it early.
 */
export async function runHook(
  file: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  { timeoutMs = 30_000, killMs = 5_000 }: HookLimits = {},
): Promise<HookResult> {
  const { promise, resolve } = Promise.withResolvers<HookResult>();
  let child: ChildProcess;
  try {
    child = spawn(file, [], { detached: true, env, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error), output: "" };
  }
  const output: Buffer[] = [];
  let bytes = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      const kept = chunk.subarray(0, MAX_OUTPUT_BYTES - bytes);
      bytes += kept.length;
      if (kept.length > 0) output.push(kept);
    });
  }
  let ended: string | undefined;
  let kill: NodeJS.Timeout | undefined;
  const end = (reason: string): void => {
    if (ended !== undefined) return;
    ended = reason;
    signalGroup(child, "SIGTERM");
    kill = setTimeout(() => {
      signalGroup(child, "SIGKILL");
      // A process that left the group may still hold them.
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, killMs);
  };
  const stop = (): void => end("the end of the daemon");
  const timer = setTimeout(() => end(`the time limit of ${timeoutMs / 1000} s`), timeoutMs);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const finish = (failure: string | undefined): void => {
    clearTimeout(timer);
    clearTimeout(kill);
    signal.removeEventListener("abort", stop);
    resolve({ failure, output: Buffer.concat(output).toString("utf8") });
  };
  child.once("error", (error) => finish(error.message));
  child.once("close", (code, endSignal) => {
    const failure = endSignal ?? (code === 0 ? undefined : `exit code ${code}`);
    finish(ended === undefined ? failure : `${failure ?? "exit code 0"} at ${ended}`);
  });
  return promise;
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // No process of the group is left.
  }
}
