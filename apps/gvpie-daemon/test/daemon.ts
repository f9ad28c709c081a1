import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A real process of the daemon's sources. */
export interface Daemon {
  readonly child: ChildProcess;
  /** All of stderr so far. */
  log(): string;
  /** Resolves when stderr holds the text, and rejects when the process ends before. */
  says(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

export function startDaemon(args: readonly string[], env: NodeJS.ProcessEnv = {}): Daemon {
  return startProcess(MAIN, args, { env });
}

/** Any of our programs from its sources, with no GVPIE_ variable of the machine. */
export function startProcess(
  main: string,
  args: readonly string[],
  { env = {}, cwd }: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Daemon {
  const child = spawn(process.execPath, ["--conditions=@gvpie/source", main, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const ended = (async (): Promise<Ended> => {
    await once(child, "close");
    return { code: child.exitCode, signal: child.signalCode, stdout, stderr };
  })();
  return {
    child,
    log: () => stderr,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stderr.includes(text)) resolve();
        };
        child.stderr.on("data", look);
        child.once("close", () => reject(new Error(`ended without saying "${text}":\n${stderr}`)));
        look();
      }),
    ended,
  };
}

/** A daemon that serves `dir`, on the CPU unless told otherwise. */
export async function serve(
  dir: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Daemon> {
  const daemon = startDaemon(["--dir", dir, ...args], { GVPIE_BACKEND: "cpu", ...env });
  await daemon.says("serving ");
  return daemon;
}

/** A path for a directory to serve; goes with all in it when the test ends. */
export function temporaryPath(): string {
  const parent = mkdtempSync(join(tmpdir(), "gvpie-daemon-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return join(parent, "shared");
}
