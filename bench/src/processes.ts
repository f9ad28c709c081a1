import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Path of an app's installed command. */
export function bin(app: string, name: string): string {
  return fileURLToPath(new URL(`../../apps/${app}/bin/${name}.js`, import.meta.url));
}

/** Starts a `gvpie-daemon` that serves `dir`. */
export async function startRenderer(dir: string): Promise<ChildProcess> {
  const daemon = spawn(
    process.execPath,
    [bin("gvpie-daemon", "gvpie-daemon"), "--dir", dir, "--log-level", "error", "--backend", "cpu"],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  await until(() => existsSync(join(dir, "v1", "server.json")), "the renderer did not start");
  return daemon;
}

/** Starts a `zero-human-daemon` with these options. */
export function startLoop(options: readonly string[]): ChildProcess {
  return spawn(
    process.execPath,
    [bin("zero-human-daemon", "zero-human-daemon"), "--log-level", "error", ...options],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
}

/** Sends SIGTERM and waits until the process has ended. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "close");
  child.kill("SIGTERM");
  await ended;
}

/** Waits until the condition holds. */
export async function until(holds: () => boolean, complaint: string, timeoutMs = 30_000): Promise<void> {
  for (const start = performance.now(); !holds(); await sleep(5)) {
    if (performance.now() - start > timeoutMs) throw new Error(complaint);
  }
}

/** Returns the resident memory of a process in megabytes. */
export function memoryOf({ pid }: ChildProcess): number {
  const [, kilobytes = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}

/** Returns the processor time of a process in seconds. The kernel counts in hundredths of a second. */
export function processorSeconds({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The process name in parentheses may contain spaces and parentheses; user and system time are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error("the process ended before it was ready");
}
