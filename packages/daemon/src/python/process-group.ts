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
import { isLeftBehind, newOwnName } from "../own-name.ts";
import { PYTHON_LIMITS } from "./limits.ts";

const PREFIX = "gvpie-python-";
const SYSTEMD_RUN = "/usr/bin/systemd-run";
/** Milliseconds that the kernel gets to bury what was killed. */
const BURIAL_MS = 2_000;

/** Processes that the kernel bounds together in number and memory. */
export interface ProcessGroup {
  /** What to put before a command so that it runs in the group. */
  readonly prefix: readonly string[];
  /** Kills whatever is left in the group, and removes it. */
  end(): Promise<void>;
}

/** Makes groups in one of the ways that a machine may offer. */
export type GroupMaker = () => ProcessGroup;

/** The ways that may work here, best first. Whether the limits hold is for a probe to say. */
export function findGroupMakers(): GroupMaker[] {
  const makers: GroupMaker[] = [];
  for (const folders of cgroupFolders()) {
    folders.forEach(sweepGroups);
    makers.push(() => makeCgroup(folders));
  }
  if (existsSync(SYSTEMD_RUN) && process.env["XDG_RUNTIME_DIR"]) makers.push(makeScope);
  return makers;
}

/** A control group that this process may make others in. */
interface CgroupFolder {
  readonly path: string;
  /** File, and what to write to it; a file in parentheses may be missing. */
  readonly settings: readonly (readonly [file: string, value: number])[];
}

const { processes, memoryBytes } = PYTHON_LIMITS;
const PIDS_V1 = [["pids.max", processes]] as const;
const MEMORY_V1 = [
  ["memory.limit_in_bytes", memoryBytes],
  ["(memory.memsw.limit_in_bytes)", memoryBytes],
] as const;
const UNIFIED = [
  ["pids.max", processes],
  ["memory.max", memoryBytes],
  ["(memory.swap.max)", 0],
  ["(memory.oom.group)", 1],
] as const;

/** cgroups(7): version 2 is one tree, version 1 a tree for each controller. The folders of one way belong together. */
function cgroupFolders(): CgroupFolder[][] {
  const found: CgroupFolder[][] = [];
  const unified = ownGroup("");
  // The process may sit in a leaf of what was delegated to it: then the leaf's siblings are for the scripts.
  for (const path of unified === undefined ? [] : [unified, dirname(unified)]) {
    if (isWritable(path) && controls(path)) found.push([{ path, settings: UNIFIED }]);
  }
  const [pids, memory] = [ownGroup("pids"), ownGroup("memory")];
  if (pids !== undefined && memory !== undefined && isWritable(pids) && isWritable(memory)) {
    found.push([
      { path: pids, settings: PIDS_V1 },
      { path: memory, settings: MEMORY_V1 },
    ]);
  }
  return found;
}

/** Folder of the group that this process is in, for a controller of version 1, or of version 2 for "". */
function ownGroup(controller: string): string | undefined {
  try {
    const line = lines("/proc/self/cgroup").find((each) =>
      each.split(":")[1]?.split(",").includes(controller),
    );
    const group = line?.split(":").slice(2).join(":");
    // proc(5), mountinfo: … root mountpoint … - type source options
    for (const mount of lines("/proc/self/mountinfo")) {
      const [place = "", kind = ""] = mount.split(" - ");
      const [, , , root = "/", mountPoint = ""] = place.split(" ");
      const [type, , options = ""] = kind.split(" ");
      const isIt =
        controller === "" ? type === "cgroup2" : type === "cgroup" && options.split(",").includes(controller);
      if (!isIt || group === undefined) continue;
      return join(mountPoint, group.startsWith(root) ? group.slice(root.length) : group);
    }
  } catch {
    // No such system.
  }
  return undefined;
}

/** Whether groups below this one can be bounded, after having asked for it. */
function controls(path: string): boolean {
  const wanted = ["pids", "memory"];
  const enabled = (): boolean => {
    const names = readFileSync(join(path, "cgroup.subtree_control"), "latin1").trim().split(" ");
    return wanted.every((name) => names.includes(name));
  };
  try {
    if (!enabled())
      writeFileSync(join(path, "cgroup.subtree_control"), wanted.map((name) => `+${name}`).join(" "));
    return enabled();
  } catch {
    return false;
  }
}

function makeCgroup(folders: readonly CgroupFolder[]): ProcessGroup {
  const name = newOwnName(PREFIX);
  const groups = folders.map(({ path }) => join(path, name));
  folders.forEach(({ settings }, index) => {
    const group = groups[index] ?? "";
    mkdirSync(group);
    for (const [file, value] of settings) {
      const path = join(group, file.replace(/[()]/g, ""));
      if (file.startsWith("(") && !existsSync(path)) continue;
      writeFileSync(path, String(value));
    }
  });
  // Writing 0 moves the process that writes; so the shell moves itself, and becomes the command.
  const enter =
    'while [ "$1" != -- ]; do echo 0 > "$1/cgroup.procs" || exit 125; shift; done; shift; exec "$@"';
  return {
    prefix: ["/bin/sh", "-c", enter, "sh", ...groups, "--"],
    async end() {
      const until = performance.now() + BURIAL_MS;
      while (!groups.every(removeGroup) && performance.now() < until) await sleep(2);
    },
  };
}

/** systemd bounds what it starts in a scope of the user's own. */
function makeScope(): ProcessGroup {
  const bounds = [`TasksMax=${processes}`, `MemoryMax=${memoryBytes}`, "MemorySwapMax=0"];
  const properties = bounds.flatMap((bound) => ["-p", bound]);
  return {
    prefix: [SYSTEMD_RUN, "--user", "--scope", "--quiet", "--collect", ...properties, "--"],
    // The sandbox ends with its first process, and the scope with its last.
    end: async () => {},
  };
}

/** Removes the groups that processes left behind when they died. */
function sweepGroups({ path }: CgroupFolder): void {
  for (const name of readdirSync(path)) if (isLeftBehind(PREFIX, name)) removeGroup(join(path, name));
}

/** Whether it has gone: it does once all of its processes are dead. */
function removeGroup(path: string): boolean {
  try {
    for (const pid of lines(join(path, "cgroup.procs"))) process.kill(Number(pid), "SIGKILL");
  } catch {
    // Gone already, or just now.
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
