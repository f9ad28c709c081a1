import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAbandoned, newOwnedName } from "../../owned-names.ts";
import { PYTHON_LIMITS } from "./limits.ts";

const PREFIX = "gvpie-python-";
const SYSTEMD_RUN = "/usr/bin/systemd-run";
/** Milliseconds that the kernel gets to reap killed processes. */
const REAP_TIMEOUT_MS = 2_000;

/** A control group with limits on processes and memory, which measures processor time; cgroups(7). */
export interface ControlGroup {
  /** Arguments before a command that make it run in the group. */
  readonly commandPrefix: readonly string[];
  /**
   * Returns the processor time that all processes of the group have used so far; undefined if it cannot be measured yet.
   *
   * @param pid of the command.
   */
  cpuSeconds(pid: number): number | undefined;
  /** Kills all processes of the group and removes it. */
  kill(): Promise<void>;
}

/** Creates control groups with one of the mechanisms that a machine may offer. */
export type GroupFactory = () => ControlGroup;

/** Returns the mechanisms that may work here, best first. The caller must probe that the limits hold. */
export function findGroupFactories(): GroupFactory[] {
  const factories: GroupFactory[] = [];
  for (const folders of findParentGroups()) {
    folders.forEach(removeAbandonedGroups);
    factories.push(() => createCgroup(folders));
  }
  if (existsSync(SYSTEMD_RUN) && process.env["XDG_RUNTIME_DIR"]) factories.push(createSystemdScope);
  return factories;
}

/** A control group in which this process may create others. */
interface ParentGroup {
  readonly path: string;
  /** Values for the files of a new group. An optional file is skipped if the kernel lacks it. */
  readonly settings: readonly (readonly [file: string, value: number, presence?: "optional"])[];
}

const { processes, memoryBytes } = PYTHON_LIMITS;
const PIDS_SETTINGS_V1 = [["pids.max", processes]] as const;
const MEMORY_SETTINGS_V1 = [
  ["memory.limit_in_bytes", memoryBytes],
  ["memory.memsw.limit_in_bytes", memoryBytes, "optional"],
] as const;
const SETTINGS_V2 = [
  ["pids.max", processes],
  ["memory.max", memoryBytes],
  ["memory.swap.max", 0, "optional"],
  ["memory.oom.group", 1, "optional"],
] as const;

/** Returns one list per mechanism: version 2 has a single hierarchy, version 1 one per controller. */
function findParentGroups(): ParentGroup[][] {
  const found: ParentGroup[][] = [];
  const unified = currentGroup("");
  // If this process is in a leaf of the delegated subtree, new groups become siblings of that leaf.
  for (const path of unified === undefined ? [] : [unified, dirname(unified)]) {
    if (isWritable(path) && enableControllers(path)) found.push([{ path, settings: SETTINGS_V2 }]);
  }
  const [pids, memory, cpuacct] = ["pids", "memory", "cpuacct"].map((name) => currentGroup(name));
  if (pids === undefined || memory === undefined || cpuacct === undefined) return found;
  if ([pids, memory, cpuacct].every(isWritable)) {
    found.push([
      { path: pids, settings: PIDS_SETTINGS_V1 },
      { path: memory, settings: MEMORY_SETTINGS_V1 },
      { path: cpuacct, settings: [] },
    ]);
  }
  return found;
}

/**
 * Path of the group that a process is in, by default this one: for a controller of version 1, or for version 2 if the name is
 * empty.
 */
function currentGroup(controller: string, pid: number | "self" = "self"): string | undefined {
  try {
    const line = lines(`/proc/${pid}/cgroup`).find((each) =>
      each.split(":")[1]?.split(",").includes(controller),
    );
    const group = line?.split(":").slice(2).join(":");
    // proc(5), mountinfo: … root mountpoint … - type source options
    for (const mount of lines("/proc/self/mountinfo")) {
      const [location = "", fileSystem = ""] = mount.split(" - ");
      const [, , , root = "/", mountPoint = ""] = location.split(" ");
      const [type, , options = ""] = fileSystem.split(" ");
      const isMatch =
        controller === "" ? type === "cgroup2" : type === "cgroup" && options.split(",").includes(controller);
      if (!isMatch || group === undefined) continue;
      return join(mountPoint, group.startsWith(root) ? group.slice(root.length) : group);
    }
  } catch {
    // No /proc: not Linux. Or the process has ended.
  }
  return undefined;
}

/** Enables the controllers for child groups; false if that fails. */
function enableControllers(path: string): boolean {
  const wanted = ["pids", "memory"];
  const enabled = (): boolean => {
    const names = readFileSync(join(path, "cgroup.subtree_control"), "latin1").trim().split(" ");
    return wanted.every((name) => names.includes(name));
  };
  try {
    if (!enabled()) {
      writeFileSync(join(path, "cgroup.subtree_control"), wanted.map((name) => `+${name}`).join(" "));
    }
    return enabled();
  } catch {
    return false;
  }
}

function createCgroup(folders: readonly ParentGroup[]): ControlGroup {
  const name = newOwnedName(PREFIX);
  const groups = folders.map(({ path }) => join(path, name));
  folders.forEach(({ settings }, index) => {
    const group = groups[index] ?? "";
    mkdirSync(group);
    for (const [file, value, presence] of settings) {
      const path = join(group, file);
      if (presence === "optional" && !existsSync(path)) continue;
      writeFileSync(path, String(value));
    }
  });
  // Writing 0 moves the writer: the shell moves itself into the groups, then becomes the command.
  const enter =
    'while [ "$1" != -- ]; do echo 0 > "$1/cgroup.procs" || exit 125; shift; done; shift; exec "$@"';
  return {
    commandPrefix: ["/bin/sh", "-c", enter, "sh", ...groups, "--"],
    cpuSeconds: () => firstNumber(groups.map(readCpuSeconds)),
    async kill() {
      const deadline = performance.now() + REAP_TIMEOUT_MS;
      while (!groups.every(removeGroup) && performance.now() < deadline) await sleep(2);
    },
  };
}

/** Lets the user's systemd create a scope with the limits. */
function createSystemdScope(): ControlGroup {
  const bounds = [`TasksMax=${processes}`, `MemoryMax=${memoryBytes}`, "MemorySwapMax=0"];
  const properties = bounds.flatMap((bound) => ["-p", bound]);
  const own = currentGroup("");
  return {
    commandPrefix: [SYSTEMD_RUN, "--user", "--scope", "--quiet", "--collect", ...properties, "--"],
    cpuSeconds(pid) {
      const scope = currentGroup("", pid);
      // Until systemd has created the scope, the command is in the group of this process.
      return scope === undefined || scope === own ? undefined : readCpuSeconds(scope);
    },
    // bubblewrap kills the sandbox with its first process, and systemd removes a scope without processes.
    kill: async () => {},
  };
}

/** Processor time of a group in seconds; undefined if this hierarchy does not measure it. Version 2 does so in every group. */
function readCpuSeconds(path: string): number | undefined {
  try {
    const [, microseconds] = /^usage_usec (\d+)$/m.exec(readFileSync(join(path, "cpu.stat"), "latin1")) ?? [];
    if (microseconds !== undefined) return Number(microseconds) / 1e6;
  } catch {
    // Version 1.
  }
  try {
    return Number(readFileSync(join(path, "cpuacct.usage"), "latin1")) / 1e9;
  } catch {
    return undefined;
  }
}

function firstNumber(values: readonly (number | undefined)[]): number | undefined {
  return values.find((value) => value !== undefined);
}

/** Removes the groups of processes that died. */
function removeAbandonedGroups({ path }: ParentGroup): void {
  for (const name of readdirSync(path)) if (isAbandoned(PREFIX, name)) removeGroup(join(path, name));
}

/** Kills the processes of a group and removes it; false while the kernel has not reaped them. */
function removeGroup(path: string): boolean {
  try {
    for (const pid of lines(join(path, "cgroup.procs"))) process.kill(Number(pid), "SIGKILL");
  } catch {
    // The group or a process of it no longer exists.
  }
  try {
    rmdirSync(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
  return true;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function lines(path: string): string[] {
  return readFileSync(path, "utf8").split("\n").filter(Boolean);
}
