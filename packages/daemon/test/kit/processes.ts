import type { DaemonOptions, RunReport } from "@gvpie/daemon";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Place } from "./place.ts";

/** A daemon in a process of its own; it is killed when it is disposed of. */
export interface DaemonProcess extends AsyncDisposable {
  /** What it has reported so far. */
  readonly reports: readonly RunReport[];
  /** Resolves when this many runs were reported, or the process has ended. */
  reported(count: number): Promise<void>;
  /** Resolves with the exit code, null where a signal ended it. */
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<number | null>;
  /** Resolves with what {@link DaemonProcess.kill} does, once it has ended by itself. */
  readonly ended: Promise<number | null>;
}

/** What the process does besides running scripts. */
export interface ProcessOptions extends Partial<DaemonOptions> {
  /** Kills itself the so-manieth time that it comes to this failpoint. */
  readonly dieAt?: { readonly failpoint: string; readonly hit: number };
  /** Put before the command, such as `faketime`. */
  readonly wrapper?: readonly string[];
}

export async function startDaemonProcess(
  { path, folder }: Pick<Place, "path" | "folder">,
  { dieAt, wrapper = [], ...options }: ProcessOptions = {},
): Promise<DaemonProcess> {
  const script = fileURLToPath(new URL("daemon-process.ts", import.meta.url));
  const [command, ...args] = [
    ...wrapper,
    process.execPath,
    "--conditions=@gvpie/source",
    script,
    path,
    folder,
    JSON.stringify(options),
    JSON.stringify(dieAt ?? null),
  ];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const reports: RunReport[] = [];
  const lines = createInterface(child.stdout);
  const ended = (async () => {
    await once(child, "close");
    lines.emit("report");
    return child.exitCode;
  })();
  const started = Promise.race([once(lines, "line"), ended]);
  lines.on("line", (line) => {
    if (line === "started") return;
    reports.push(JSON.parse(line) as RunReport);
    lines.emit("report");
  });
  await started;
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = async (signal: "SIGKILL" | "SIGTERM"): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  return {
    reports,
    ended,
    kill,
    async reported(count) {
      while (reports.length < count && !hasEnded()) await once(lines, "report");
    },
    async [Symbol.asyncDispose]() {
      await kill("SIGKILL");
    },
  };
}

/** Resolves once the condition holds; throws when it does not within so many milliseconds. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${condition.toString()}`);
    await sleep(5);
  }
}
