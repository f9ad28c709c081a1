import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What became of a python script. */
export interface ScriptEnding {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly program: string | undefined;
  readonly ms: number;
}

const isRoot = process.getuid?.() === 0;
/** The user that scripts run as where the tests run as root. */
const NOBODY = 65_534;

/** How a process that runs python scripts is started. */
export interface ScriptOptions {
  /** Control groups that the process may divide; by default such as are made for it, where we are root. */
  readonly groups?: readonly string[];
  /** Kills the process when it is aborted. */
  readonly signal?: AbortSignal;
  /** Stay root. Default false. */
  readonly asRoot?: boolean;
  /** Put before the command. */
  readonly wrapper?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Told of each ending as it comes. */
  readonly onEnding?: (ending: ScriptEnding) => void;
}

/** Runs scripts one after the other in one process of an ordinary user, and says what became of each. */
export async function runScripts(
  scripts: readonly string[],
  options: ScriptOptions = {},
): Promise<ScriptEnding[]> {
  const { asRoot = false, wrapper = [], env = {}, signal, onEnding } = options;
  const groups = options.groups ?? delegateGroups();
  const uid = isRoot && !asRoot ? NOBODY : undefined;
  const enter = 'while [ "$1" != -- ]; do echo 0 > "$1/cgroup.procs"; shift; done; shift; exec "$@"';
  const script = fileURLToPath(new URL("python-process.ts", import.meta.url));
  const node = [process.execPath, "--conditions=@gvpie/source", script, JSON.stringify({ uid, scripts })];
  const args = ["-c", enter, "sh", ...groups, "--", ...wrapper, ...node];
  const child = spawn("/bin/sh", args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  signal?.addEventListener("abort", () => child.kill("SIGKILL"));
  const endings: ScriptEnding[] = [];
  createInterface(child.stdout).on("line", (line) => {
    const ending = JSON.parse(line) as ScriptEnding;
    endings.push(ending);
    onEnding?.(ending);
  });
  await once(child, "close");
  if (!options.groups) removeGroups(groups);
  return endings;
}

/** Control groups (version 1) that an ordinary user may divide; none where we may make none, or there are no such. */
export function delegateGroups(): string[] {
  if (!isRoot) return [];
  const own = readFileSync("/proc/self/cgroup", "utf8").split("\n");
  return ["pids", "memory"].flatMap((controller) => {
    const path = own.find((line) => line.split(":")[1] === controller)?.split(":")[2];
    const parent = join("/sys/fs/cgroup", controller, path ?? "");
    if (path === undefined || !existsSync(parent)) return [];
    const group = join(parent, `gvpie-test-${process.pid}-${++count}`);
    mkdirSync(group);
    chownSync(group, NOBODY, NOBODY);
    return [group];
  });
}

/** Groups that are left in one. */
export function groupsIn(group: string): string[] {
  const entries = readdirSync(group, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(group, name));
}

/** Removes what {@link delegateGroups} made. */
export function removeGroups(groups: readonly string[]): void {
  for (const group of groups) {
    const left = groupsIn(group);
    if (left.length > 0) throw new Error(`left behind: ${left.join(", ")}`);
    rmdirSync(group);
  }
}

let count = 0;
