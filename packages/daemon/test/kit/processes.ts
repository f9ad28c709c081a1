import type { DaemonOptions, RunReport } from "@gvpie/daemon";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A daemon in a process of its own. */
export interface DaemonProcess {
  /** What it has reported so far. */
  readonly reports: readonly RunReport[];
  /** Resolves when this many runs were reported. */
  reported(count: number): Promise<void>;
  /** Resolves with the exit code, null where a signal ended it. */
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<number | null>;
}

export async function startDaemonProcess(
  path: string,
  cartridges: string,
  options: Partial<DaemonOptions> = {},
): Promise<DaemonProcess> {
  const script = fileURLToPath(new URL("daemon-process.ts", import.meta.url));
  const args = ["--conditions=@gvpie/source", script, path, cartridges, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  onTestFinished(() => void child.kill("SIGKILL"));
  const reports: RunReport[] = [];
  const lines = createInterface(child.stdout);
  await once(lines, "line");
  lines.on("line", (line) => {
    reports.push(JSON.parse(line) as RunReport);
    lines.emit("report");
  });
  return {
    reports,
    async reported(count) {
      while (reports.length < count) await once(lines, "report");
    },
    async kill(signal) {
      child.kill(signal);
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
}
