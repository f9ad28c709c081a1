import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { RunError } from "../errors.ts";
import { runBounded, type Ending } from "./bounded-process.ts";
import { PYTHON_LIMITS } from "./limits.ts";
import { findGroupMakers, type GroupMaker } from "./process-group.ts";

// Not looked for on the PATH: whoever sets that would choose what keeps the scripts in.
const BUBBLEWRAP = "/usr/bin/bwrap";
const PYTHON = "/usr/bin/python3";
/** What the trial of the limits may take, on a machine that is busy with other things. */
const PROBE_MS = 20_000;

/** Where python programs run that nobody has read. */
export interface Sandbox {
  run(code: string, signal: AbortSignal): Promise<Ending>;
}

/**
 * Finds what a sandbox needs, and tries whether it holds.
 *
 * @throws {RunError} `PYTHON_AS_ROOT`, `PYTHON_NO_SANDBOX`, `PYTHON_NO_LIMITS`, `PYTHON_MISSING`.
 */
export async function openSandbox(): Promise<Sandbox> {
  if (process.getuid?.() === 0) {
    throw new RunError("PYTHON_AS_ROOT", "python scripts run as any user but root: limits do not bind root");
  }
  const box = [...BOX_START, ...(await nestingOptions()), ...BOX];
  if (!existsSync(PYTHON)) throw new RunError("PYTHON_MISSING", `${PYTHON} is missing: install python3`);
  const makeGroup = await findWorkingGroup(box);
  return {
    run: (code, signal) => runBounded(makeGroup(), [...START_LIMITED, ...box, ...SCRIPT], code, { signal }),
  };
}

/** Keeps scripts from making namespaces of their own, where bubblewrap (0.8 and later) can. */
async function nestingOptions(): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)(BUBBLEWRAP, ["--help"]);
    return stdout.includes("--disable-userns") ? ["--disable-userns"] : [];
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === "ENOENT" ? "is missing" : "does not start";
    throw new RunError("PYTHON_NO_SANDBOX", `${BUBBLEWRAP} ${reason}: install bubblewrap`, { cause: error });
  }
}

/** The first way of bounding processes that really bounds them. */
async function findWorkingGroup(box: readonly string[]): Promise<GroupMaker> {
  const reasons: string[] = [];
  for (const makeGroup of findGroupMakers()) {
    const reason = await tryLimits(makeGroup, box);
    if (reason === undefined) return makeGroup;
    reasons.push(reason);
  }
  const tried = reasons.length === 0 ? "no control group can be made here" : reasons.join("; ");
  throw new RunError(
    "PYTHON_NO_LIMITS",
    `processes and memory cannot be bounded: ${tried}. Delegate a control group with pids and memory to this user`,
  );
}

/** Starts too many processes, then fills too much memory; says what was not prevented. */
async function tryLimits(makeGroup: GroupMaker, box: readonly string[]): Promise<string | undefined> {
  // Without the limits of the single process, which would hide what the group's do.
  const attempt = async (code: string): Promise<Ending> => {
    try {
      return await runBounded(makeGroup(), [...START, ...box, ...SCRIPT], code, { wallMs: PROBE_MS });
    } catch (error) {
      return { stdout: "", stderr: String(error), code: -1, exceeded: undefined };
    }
  };
  const forks = await attempt(MANY_PROCESSES);
  if (forks.stderr.startsWith("bwrap: ")) {
    throw new RunError("PYTHON_NO_SANDBOX", `bubblewrap does not work here: ${forks.stderr.trim()}`);
  }
  if (forks.stdout !== "refused\n")
    return `the number of processes is not (${forks.stderr.trim() || forks.stdout.trim()})`;
  const memory = await attempt(MUCH_MEMORY);
  return memory.code === 137 && memory.stdout === "" && memory.exceeded === undefined
    ? undefined
    : "memory is not";
}

const MANY_PROCESSES = `
import os, time
try:
    for _ in range(${4 * PYTHON_LIMITS.processes}):
        if os.fork() == 0:
            time.sleep(9)
            os._exit(0)
except BlockingIOError:
    print("refused")
`;

const MUCH_MEMORY = `
import time
filled = [b"x" * 1048576 for _ in range(${(2 * PYTHON_LIMITS.memoryBytes) / 1_048_576})]
print("filled")
`;

/** Isolated from site packages, and from the environment. */
const INTERPRETER = [PYTHON, "-I", "-S", "-B"];
/** The program comes on stdin. */
const SCRIPT = [...INTERPRETER, "-"];

/**
 * Becomes the command that follows, without the descriptors that this process has inherited: the sandbox would hand them on. It
 * runs nothing but its own lines.
 */
const BARE = `
import os, sys
for name in os.listdir("/proc/self/fd"):
    if int(name) > 2:
        try:
            os.close(int(name))
        except OSError:
            pass
os.execv(sys.argv[1], sys.argv[1:])
`;
const START = [...INTERPRETER, "-c", BARE];

/** The same, with the limits of the single process; setrlimit(2). */
const START_LIMITED = [
  ...INTERPRETER,
  "-c",
  `
import resource
for limit, value in (
    (resource.RLIMIT_AS, ${PYTHON_LIMITS.memoryBytes}),
    (resource.RLIMIT_CPU, ${PYTHON_LIMITS.cpuSeconds}),
    (resource.RLIMIT_FSIZE, ${PYTHON_LIMITS.fileBytes}),
    (resource.RLIMIT_NOFILE, ${PYTHON_LIMITS.descriptors}),
    (resource.RLIMIT_CORE, 0),
):
    resource.setrlimit(limit, (value, value))
${BARE}`,
];

/** No network, no files but the system's, which it can only read, no rights, and nothing of the environment. */
const BOX_START = words(`
  ${BUBBLEWRAP}
  --unshare-user --unshare-ipc --unshare-pid --unshare-net --unshare-uts --unshare-cgroup
`);
const BOX = words(`
  --die-with-parent --new-session --cap-drop ALL
  --clearenv --setenv PATH /usr/bin:/bin --setenv LANG C.UTF-8
  --hostname sandbox
  --ro-bind /usr /usr
  --ro-bind-try /bin /bin
  --ro-bind-try /lib /lib
  --ro-bind-try /lib64 /lib64
  --ro-bind-try /etc/ld.so.cache /etc/ld.so.cache
  --ro-bind-try /etc/alternatives /etc/alternatives
  --proc /proc
  --dev /dev --remount-ro /dev
  --size ${PYTHON_LIMITS.tmpBytes} --tmpfs /tmp
  --remount-ro /
  --chdir /tmp
  --
`);

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
