import { isRoot, NOBODY_UID, startNode, type TestProcess } from "@gvpie/testing";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/** Result of a python script. */
export interface ScriptResult {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly program: string | undefined;
  /** Frames of the drawing; absent if it is one picture. */
  readonly frames?: number | undefined;
  readonly ms: number;
}

/** Options of {@link runScripts}. */
export interface ScriptOptions {
  /** Control groups that the process may divide. Default: new ones, if the tests run as root. */
  readonly groups?: readonly string[];
  /** Kills the process when aborted. */
  readonly signal?: AbortSignal;
  /** Stay root. Default false. */
  readonly asRoot?: boolean;
  /** A command with its arguments that runs this one. */
  readonly wrapper?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Called with the process. */
  readonly onStart?: (child: TestProcess) => void;
  /** Number of scripts at the end that may take a minute. Default 0. */
  readonly patient?: number;
}

const ENTER_GROUPS = 'while [ "$1" != -- ]; do echo 0 > "$1/cgroup.procs"; shift; done; shift; exec "$@"';

/** Runs scripts one after the other in one process of an unprivileged user, and returns their results. */
export async function runScripts(
  scripts: readonly string[],
  options: ScriptOptions = {},
): Promise<ScriptResult[]> {
  const { asRoot = false, wrapper = [], env = {}, patient = 0, signal } = options;
  const groups = options.groups ?? delegateGroups();
  const uid = isRoot && !asRoot ? NOBODY_UID : undefined;
  const child = startNode(
    new URL("python-main.ts", import.meta.url),
    [JSON.stringify({ uid, scripts, patient })],
    {
      env: { ...process.env, ...env },
      wrapper: ["/bin/sh", "-c", ENTER_GROUPS, "sh", ...groups, "--", ...wrapper],
    },
  );
  signal?.addEventListener("abort", () => child.signal("SIGKILL"));
  options.onStart?.(child);
  const { stderr } = await child.result();
  if (stderr !== "") console.error(stderr);
  if (!options.groups) removeGroups(groups);
  return child.messages as unknown as ScriptResult[];
}

/** Creates control groups (version 1) that an unprivileged user may divide; none if this process cannot create any. */
export function delegateGroups(): string[] {
  if (!isRoot) return [];
  const own = readFileSync("/proc/self/cgroup", "utf8").split("\n");
  return ["pids", "memory", "cpuacct"].flatMap((controller) => {
    const path = own.find((line) => line.split(":")[1] === controller)?.split(":")[2];
    const parent = join("/sys/fs/cgroup", controller, path ?? "");
    if (path === undefined || !existsSync(parent)) return [];
    const group = join(parent, `gvpie-test-${process.pid}-${++count}`);
    mkdirSync(group);
    chownSync(group, NOBODY_UID, NOBODY_UID);
    return [group];
  });
}

/** Returns the child groups of a group. */
export function childGroups(group: string): string[] {
  const entries = readdirSync(group, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(group, name));
}

/** Removes groups created by {@link delegateGroups}. Throws if they still have child groups. */
export function removeGroups(groups: readonly string[]): void {
  for (const group of groups) {
    const left = childGroups(group);
    if (left.length > 0) throw new Error(`expected no child groups, got ${left.join(", ")}`);
    rmdirSync(group);
  }
}

let count = 0;
