import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { PYTHON_LIMITS } from "./limits.ts";
import type { ProcessGroup } from "./process-group.ts";

/** How a process ended. */
export interface Ending {
  readonly stdout: string;
  readonly stderr: string;
  /** 128 more than its number where a signal ended it, as a shell counts. */
  readonly code: number;
  /** What was over its limit, where the process was killed for it. */
  readonly exceeded: "stdout" | "stderr" | "time" | undefined;
}

/**
 * Runs a command in a group with `input` on stdin, and kills the group when it has ended, prints or takes too much, or the signal
 * is aborted: whatever it started is gone when this resolves.
 *
 * @throws the signal's reason; what keeps the command from starting.
 */
export async function runBounded(
  group: ProcessGroup,
  command: readonly string[],
  input: string,
  { signal, wallMs = PYTHON_LIMITS.wallMs }: { readonly signal?: AbortSignal; readonly wallMs?: number },
): Promise<Ending> {
  signal?.throwIfAborted();
  const [file = "", ...args] = [...group.prefix, ...command];
  // Nothing of the environment but what a user's systemd is found by; the sandbox clears that too.
  const env = { PATH: "/usr/bin:/bin", XDG_RUNTIME_DIR: process.env["XDG_RUNTIME_DIR"] };
  const child = spawn(file, args, { cwd: "/", env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  let exceeded: Ending["exceeded"];
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  };
  const exceed = (what: Ending["exceeded"]): void => {
    exceeded ??= what;
    kill();
  };
  const timer = setTimeout(() => exceed("time"), wallMs);
  signal?.addEventListener("abort", kill);
  const outputs = (["stdout", "stderr"] as const).map((name) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    child[name].on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > PYTHON_LIMITS.outputBytes) exceed(name);
      else chunks.push(chunk);
    });
    return chunks;
  });
  // A process that does not read its program to the end says why on stderr, or by its code.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      // As soon as the first process has ended, the others are killed: they may hold the pipes open.
      child.once("exit", () => void group.end());
      child.once("close", (status, name) => resolve(status ?? (name === "SIGKILL" ? 137 : 128)));
    });
    signal?.throwIfAborted();
    const [stdout = "", stderr = ""] = outputs.map((chunks) =>
      Buffer.concat(chunks).toString().replaceAll("\0", "\ufffd"),
    );
    return { stdout, stderr, code, exceeded };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
    await group.end();
  }
}
