import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { startTimeout } from "../../own-timeout.ts";
import { PYTHON_LIMITS } from "./limits.ts";
import type { ControlGroup } from "./cgroup.ts";

/** Milliseconds between two measurements of the processor time. */
const METER_INTERVAL_MS = 50;

/** Output and exit of a process. */
export interface ProcessResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code; 137 after SIGKILL, 128 after any other signal. */
  readonly code: number;
  /** The limit for which the process was killed, if any. */
  readonly exceeded: "stdout" | "stderr" | "time" | "processor time" | undefined;
  /** Processor time of the whole group, as last measured; undefined if it could not be measured. */
  readonly cpuSeconds: number | undefined;
}

/**
 * Runs a command in a control group with `input` on stdin. Kills the group when the command exits, exceeds a limit on output, time or
 * processor time, or the signal is aborted. No process of the group is left when this resolves.
 *
 * @throws the signal's reason; the error of a command that cannot start.
 */
export async function runBounded(
  group: ControlGroup,
  command: readonly string[],
  input: string,
  {
    signal,
    wallMs = PYTHON_LIMITS.wallMs,
    maxCpuSeconds = PYTHON_LIMITS.cpuSeconds,
  }: { readonly signal?: AbortSignal; readonly wallMs?: number; readonly maxCpuSeconds?: number },
): Promise<ProcessResult> {
  signal?.throwIfAborted();
  const [file = "", ...args] = [...group.commandPrefix, ...command];
  // XDG_RUNTIME_DIR is for systemd-run; the sandbox clears the environment.
  const env = { PATH: "/usr/bin:/bin", XDG_RUNTIME_DIR: process.env["XDG_RUNTIME_DIR"] };
  const child = spawn(file, args, { cwd: "/", env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    // Kill the other processes as soon as the first has exited: they may hold the pipes open.
    child.once("exit", () => void group.kill());
    child.once("close", (status, name) => resolve(status ?? (name === "SIGKILL" ? 137 : 128)));
  });
  // A process that could not be started, such as without a free descriptor, has no pipes.
  if (child.pid === undefined) {
    try {
      await ended;
    } finally {
      await group.kill();
    }
  }
  let cpuSeconds: number | undefined;
  let exceeded: ProcessResult["exceeded"];
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has exited.
    }
  };
  const exceed = (limit: ProcessResult["exceeded"]): void => {
    exceeded ??= limit;
    kill();
  };
  const cancel = startTimeout(wallMs, () => exceed("time"));
  const meter = setInterval(() => {
    cpuSeconds = group.cpuSeconds(child.pid ?? 0) ?? cpuSeconds;
    if (cpuSeconds !== undefined && cpuSeconds > maxCpuSeconds) exceed("processor time");
  }, METER_INTERVAL_MS);
  child.once("exit", () => {
    cancel();
    clearInterval(meter);
  });
  signal?.addEventListener("abort", kill);
  const outputs = (["stdout", "stderr"] as const).map((name) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    child[name].on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > PYTHON_LIMITS.outputBytes) {
        exceed(name);
      } else {
        chunks.push(chunk);
      }
    });
    return chunks;
  });
  // EPIPE: a process that exits before it has read its program explains itself on stderr or by its exit code.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  try {
    const code = await ended;
    signal?.throwIfAborted();
    const [stdout = "", stderr = ""] = outputs.map((chunks) =>
      Buffer.concat(chunks).toString().replaceAll("\0", "\ufffd"),
    );
    return { stdout, stderr, code, exceeded, cpuSeconds };
  } finally {
    cancel();
    clearInterval(meter);
    signal?.removeEventListener("abort", kill);
    await group.kill();
  }
}
