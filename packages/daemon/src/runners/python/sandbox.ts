import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { RunError } from "../../errors.ts";
import { runBounded, type ProcessResult } from "./bounded-process.ts";
import { PYTHON_LIMITS } from "./limits.ts";
import { findGroupFactories, type GroupFactory } from "./cgroup.ts";
import { compileSystemCallFilter, KEYCTL, systemCallColumn } from "./seccomp.ts";

// Absolute paths: PATH must not decide which program confines the scripts.
const BUBBLEWRAP = "/usr/bin/bwrap";
const PYTHON = "/usr/bin/python3";
/** Milliseconds that a probe of the limits may take on a busy machine. */
const PROBE_TIMEOUT_MS = 20_000;

/** Runs untrusted Python programs. */
export interface Sandbox {
  run(code: string, signal: AbortSignal): Promise<ProcessResult>;
}

/**
 * Finds the parts of a sandbox and probes that its limits hold.
 *
 * @throws {RunError} `PYTHON_AS_ROOT`, `PYTHON_NO_SANDBOX`, `PYTHON_NO_LIMITS`, `PYTHON_MISSING`.
 */
export async function openSandbox(): Promise<Sandbox> {
  if (process.getuid?.() === 0) {
    const message =
      "python scripts do not run as root, because limits do not apply to root; run this process as another user";
    throw new RunError("PYTHON_AS_ROOT", message);
  }
  const launcher = createLauncher();
  const box = [...BUBBLEWRAP_NAMESPACES, ...(await usernsOptions()), ...CONFINEMENT];
  if (!existsSync(PYTHON)) throw new RunError("PYTHON_MISSING", `${PYTHON} is missing: install python3`);
  const createGroup = await findWorkingFactory([...launcher.unlimited, ...box]);
  return {
    run: (code, signal) =>
      runBounded(createGroup(), [...launcher.limited, ...box, ...SCRIPT], code, { signal }),
  };
}

/** Prevents nested user namespaces, if bubblewrap is able to (0.8 and later). */
async function usernsOptions(): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)(BUBBLEWRAP, ["--help"]);
    return stdout.includes("--disable-userns") ? ["--disable-userns"] : [];
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === "ENOENT" ? "is missing" : "does not start";
    throw new RunError("PYTHON_NO_SANDBOX", `${BUBBLEWRAP} ${reason}: install bubblewrap`, { cause: error });
  }
}

/** Returns the first factory whose groups enforce their limits. */
async function findWorkingFactory(command: readonly string[]): Promise<GroupFactory> {
  const reasons: string[] = [];
  for (const createGroup of findGroupFactories()) {
    const reason = await probeLimits(createGroup, command);
    if (reason === undefined) return createGroup;
    reasons.push(reason);
  }
  const tried = reasons.length === 0 ? "no control group can be created here" : reasons.join("; ");
  throw new RunError(
    "PYTHON_NO_LIMITS",
    `processes and memory cannot be limited: ${tried}. Delegate a control group with pids and memory (version 1: and cpuacct) to this user`,
  );
}

/** Starts too many processes, then fills too much memory. Returns the limit that did not hold, if any. */
async function probeLimits(
  createGroup: GroupFactory,
  command: readonly string[],
): Promise<string | undefined> {
  // Without the limits per process, which would hide those of the group.
  const attempt = async (code: string): Promise<ProcessResult> => {
    try {
      return await runBounded(createGroup(), [...command, ...SCRIPT], code, {
        wallMs: PROBE_TIMEOUT_MS,
        maxCpuSeconds: Infinity,
      });
    } catch (error) {
      return { stdout: "", stderr: String(error), code: -1, exceeded: undefined, cpuSeconds: undefined };
    }
  };
  const forks = await attempt(FORK_PROBE);
  if (forks.stderr.startsWith("bwrap: ")) {
    throw new RunError("PYTHON_NO_SANDBOX", `bubblewrap does not work here: ${forks.stderr.trim()}`);
  }
  if (forks.stdout !== "refused\n") {
    return `the limit on processes does not hold (${forks.stderr.trim() || forks.stdout.trim()})`;
  }
  const memory = await attempt(MEMORY_PROBE);
  if (memory.cpuSeconds === undefined) return "the processor time cannot be measured";
  return memory.code === 137 && memory.stdout === "" && memory.exceeded === undefined
    ? undefined
    : "the limit on memory does not hold";
}

const FORK_PROBE = `
import os, time
try:
    for _ in range(${4 * PYTHON_LIMITS.processes}):
        if os.fork() == 0:
            time.sleep(9)
            os._exit(0)
except BlockingIOError:
    print("refused")
`;

const MEMORY_PROBE = `
import time
filled = [b"x" * 1048576 for _ in range(${(2 * PYTHON_LIMITS.memoryBytes) / 1_048_576})]
print("filled")
`;

const FILTER_DESCRIPTOR = 3;

/** Python without site packages and without PYTHON… variables. */
const INTERPRETER = [PYTHON, "-I", "-S", "-B"];
/** Reads the program from stdin. */
const SCRIPT = [...INTERPRETER, "-"];

/** Commands that prepare the process, then execute the command in their arguments. */
interface Launcher {
  readonly unlimited: readonly string[];
  /** Also sets the limits per process; setrlimit(2). */
  readonly limited: readonly string[];
}

function createLauncher(): Launcher {
  const filter = compileSystemCallFilter();
  const column = systemCallColumn();
  if (filter === undefined || column === undefined) {
    const message = `there is no filter of system calls for ${process.arch}: expected x64 or arm64`;
    throw new RunError("PYTHON_NO_SANDBOX", message);
  }
  const { memoryBytes, cpuSeconds, fileBytes, descriptors } = PYTHON_LIMITS;
  const limits = `
import resource
for limit, value in (
    (resource.RLIMIT_AS, ${memoryBytes}),
    (resource.RLIMIT_CPU, ${cpuSeconds}),
    (resource.RLIMIT_FSIZE, ${fileBytes}),
    (resource.RLIMIT_NOFILE, ${descriptors}),
    (resource.RLIMIT_CORE, 0),
):
    resource.setrlimit(limit, (value, value))
`;
  // The daemon's keys are not in a new session keyring. Without ctypes the filter alone hides them: it refuses all calls on keys.
  // Inherited descriptors are closed, because the sandbox would pass them on; descriptor 3 is the filter.
  const launch = `
import os, sys
try:
    import ctypes
    ctypes.CDLL(None).syscall(${KEYCTL[column]}, ctypes.c_int(1), None)
except Exception:
    pass
for name in os.listdir("/proc/self/fd"):
    if int(name) > 2:
        try:
            os.close(int(name))
        except OSError:
            pass
source, sink = os.pipe()
os.write(sink, bytes.fromhex("${filter.toString("hex")}"))
os.close(sink)
os.dup2(source, ${FILTER_DESCRIPTOR})
os.set_inheritable(${FILTER_DESCRIPTOR}, True)
if source != ${FILTER_DESCRIPTOR}:
    os.close(source)
os.execv(sys.argv[1], sys.argv[1:])
`;
  return {
    unlimited: [...INTERPRETER, "-c", launch],
    limited: [...INTERPRETER, "-c", `${limits}${launch}`],
  };
}

/** bubblewrap options: no network, only system files and read-only, no capabilities, an empty environment; bwrap(1). */
const BUBBLEWRAP_NAMESPACES = words(`
  ${BUBBLEWRAP}
  --unshare-user --unshare-ipc --unshare-pid --unshare-net --unshare-uts --unshare-cgroup
`);
const CONFINEMENT = words(`
  --die-with-parent --new-session --cap-drop ALL --seccomp ${FILTER_DESCRIPTOR}
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
