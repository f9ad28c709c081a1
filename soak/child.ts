import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A process of ours that runs from its sources. */
export interface Child {
  readonly pid: number;
  /** When it was started, on the clock of `performance.now()`. */
  readonly startedAt: number;
  /** The end of what it wrote to stderr. */
  complaints(): string;
  /** Resolves with true when it has said this on stderr, and with false when it ended before. */
  says(text: string): Promise<boolean>;
  /** The exit code or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

const KEPT = 4_000;

/** `file` is relative to this folder; `onLine` gets every whole line of stdout. */
export function startChild(file: string, args: readonly string[], onLine: (line: string) => void): Child {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ["--conditions=@gvpie/source", path, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaints = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-KEPT);
    child.emit("said");
  });
  if (child.stdout) createInterface(child.stdout).on("line", onLine);
  const ended = once(child, "close").then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals);
  return {
    pid: child.pid ?? -1,
    startedAt: performance.now(),
    complaints: () => complaints,
    ended,
    says: async (text) => {
      let isRunning = true;
      void ended.then(() => (isRunning = false));
      while (!complaints.includes(text)) {
        if (!isRunning) return false;
        await Promise.race([once(child, "said"), ended]);
      }
      return true;
    },
    kill: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
