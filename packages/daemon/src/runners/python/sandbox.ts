import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { RunError } from "../../errors.ts";
import { runBounded, type ProcessResult } from "./bounded-process.ts";
import { PYTHON_LIMITS } from "./limits.ts";
import { findGroupFactories, type GroupFactory } from "./cgroup.ts";

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
  const box = [...BUBBLEWRAP_NAMESPACES, ...(await usernsOptions()), ...CONFINEMENT];
  if (!existsSync(PYTHON)) throw new RunError("PYTHON_MISSING", `${PYTHON} is missing: install python3`);
  const createGroup = await findWorkingFactory(box);
  return {
    run: (code, signal) =>
      runBounded(createGroup(), [...LIMITED_LAUNCHER, ...box, ...SCRIPT], code, { signal }),
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
async function findWorkingFactory(box: readonly string[]): Promise<GroupFactory> {
  const reasons: string[] = [];
  for (const createGroup of findGroupFactories()) {
    const reason = await probeLimits(createGroup, box);
    if (reason === undefined) return createGroup;
    reasons.push(reason);
  }
  const tried = reasons.length === 0 ? "no control group can be created here" : reasons.join("; ");
  throw new RunError(
    "PYTHON_NO_LIMITS",
    `processes and memory cannot be limited: ${tried}. Delegate a control group with pids and memory to this user`,
  );
}

/** Starts too many processes, then fills too much memory. Returns the limit that did not hold, if any. */
async function probeLimits(createGroup: GroupFactory, box: readonly string[]): Promise<string | undefined> {
  // Without the limits per process, which would hide those of the group.
  const attempt = async (code: string): Promise<ProcessResult> => {
    try {
      return await runBounded(createGroup(), [...LAUNCHER, ...box, ...SCRIPT], code, {
        wallMs: PROBE_TIMEOUT_MS,
      });
    } catch (error) {
      return { stdout: "", stderr: String(error), code: -1, exceeded: undefined };
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

/** Python without site packages and without PYTHON… variables. */
const INTERPRETER = [PYTHON, "-I", "-S", "-B"];
/** Reads the program from stdin. */
const SCRIPT = [...INTERPRETER, "-"];

/** Closes inherited descriptors, which the sandbox would pass on, then executes the command in its arguments. */
const CLOSE_AND_EXEC = `
import os, sys
for name in os.listdir("/proc/self/fd"):
    if int(name) > 2:
        try:
            os.close(int(name))
        except OSError:
            pass
os.execv(sys.argv[1], sys.argv[1:])
`;
const LAUNCHER = [...INTERPRETER, "-c", CLOSE_AND_EXEC];

/** Also sets the limits per process; setrlimit(2). */
const LIMITED_LAUNCHER = [
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
${CLOSE_AND_EXEC}`,
];

/** bubblewrap options: no network, only system files and read-only, no capabilities, an empty environment; bwrap(1). */
const BUBBLEWRAP_NAMESPACES = words(`
  ${BUBBLEWRAP}
  --unshare-user --unshare-ipc --unshare-pid --unshare-net --unshare-uts --unshare-cgroup
`);
const CONFINEMENT = words(`
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
