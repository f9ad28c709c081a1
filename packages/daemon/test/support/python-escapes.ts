import { createTemporaryDirectory } from "@gvpie/testing";
import { once } from "node:events";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { runScripts, type ScriptResult } from "./python-scripts.ts";

/** One attempt to escape from the sandbox. */
export interface Escape {
  readonly name: string;
  readonly contained: boolean;
  /** Its output, for people. */
  readonly detail: string;
}

/** Results of all attempts; `unsupported` is the reason if none was made. */
export interface EscapeResult {
  readonly escapes: readonly Escape[];
  readonly unsupported: string | undefined;
}

interface Surroundings {
  /** A folder outside the sandbox that every user may read and write. */
  readonly outside: string;
  /** Port of a server on this machine. */
  readonly port: number;
  /** Pid of a process outside the sandbox. */
  readonly pid: number;
}

interface Attempt {
  readonly name: string;
  readonly code: string;
  readonly isContained: (result: ScriptResult) => boolean;
  /** True if only a time limit ends it. */
  readonly isSlow?: boolean;
  /** True to allow it a minute, so that on a busy machine another limit ends it. */
  readonly isPatient?: boolean;
}

const SECRET = "the secret of this machine";

/** Numbers of system calls, by the architecture that Python reports, and a function that fails as Python's own do. */
const SYSTEM_CALLS = `
import ctypes, os, platform
libc = ctypes.CDLL(None, use_errno=True)
x86 = platform.machine() == "x86_64"
def call(number, *arguments):
    if isinstance(number, tuple): number = number[0 if x86 else 1]
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
`;

/** Puts a key with the secret into a new session keyring, then executes the command in its arguments. */
const WITH_KEY = `${SYSTEM_CALLS}
import sys
try:
    call((250, 219), 1, None)
    call((248, 217), b"user", b"gvpie", ${JSON.stringify(SECRET)}.encode(), ${SECRET.length}, -3)
except OSError as error:
    print("no key:", error, file=sys.stderr)
os.execvp(sys.argv[1], sys.argv[1:])
`;

const printed =
  (stdout: string) =>
  (result: ScriptResult): boolean =>
    result.success && result.stdout === `${stdout}\n`;
const failed =
  (code: string) =>
  (result: ScriptResult): boolean =>
    !result.success && result.stderr.startsWith(`${code}: `);

/** True if a limit on memory, processor time or time ended the script; the load of the machine decides which one. */
const limited = (result: ScriptResult): boolean =>
  failed("PYTHON_KILLED")(result) || failed("PYTHON_TIMEOUT")(result);

/** Tries all known escapes from the sandbox. `slow: false` leaves out the attempts that only a time limit ends. */
export async function tryEscapes({ slow = true }: { readonly slow?: boolean } = {}): Promise<EscapeResult> {
  using directory = createTemporaryDirectory({ prefix: "gvpie-outside-" });
  const outside = directory.path;
  chmodSync(outside, 0o777);
  writeFileSync(join(outside, "secret"), SECRET, { mode: 0o666 });
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  let connections = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  try {
    const all = listAttempts({ outside, port, pid: process.pid });
    const patient = all.filter(({ isPatient }) => isPatient);
    const attempts = [...all.filter(({ isSlow, isPatient }) => !isPatient && (slow || !isSlow)), ...patient];
    const scripts = attempts.flatMap(({ code }) => [code, "print('alive')"]);
    const wrapper = ["/usr/bin/python3", "-c", WITH_KEY];
    const results = await runScripts(scripts, {
      env: { GVPIE_SECRET: SECRET },
      wrapper,
      patient: 2 * patient.length,
    });
    const [first] = results;
    const refused = /^PYTHON_(?:NO_|AS_|MISSING)/.test(first?.stderr ?? "") ? first?.stderr : undefined;
    if (refused !== undefined) return { escapes: [], unsupported: refused };
    const escapes = attempts.map(({ name, isContained }, index) => {
      const result = results[2 * index];
      // The process is still alive and runs the next script.
      const next = results[2 * index + 1];
      const contained = !!result && isContained(result) && !!next && printed("alive")(next);
      const output = `${result?.stdout} ${result?.stderr}`.replaceAll(/\s+/g, " ");
      return { name, contained: contained && !output.includes(SECRET), detail: output.slice(0, 200) };
    });
    const isUntouched = readdirSync(outside).join() === "secret" && connections === 0;
    escapes.push({
      name: "no file or connection outside",
      contained: isUntouched,
      detail: `${connections} connections`,
    });
    return { escapes, unsupported: undefined };
  } finally {
    server.close();
  }
}

function listAttempts({ outside, port, pid }: Surroundings): Attempt[] {
  /** Prints `none`, or the attempts that did not fail. */
  const none = (name: string, imports: string, attempts: readonly string[]): Attempt => ({
    name,
    code: [
      `import ${imports}`,
      "done = []",
      ...attempts.flatMap((attempt) => [
        "try:",
        `    r = ${attempt}`,
        `    done.append(repr((${JSON.stringify(attempt)}, str(r)[:80])))`,
        "except Exception: pass",
      ]),
      "print('; '.join(done) or 'none')",
    ].join("\n"),
    isContained: printed("none"),
  });
  /** As {@link none}, with the function `call`. */
  const noCall = (name: string, attempts: readonly string[], prepare = ""): Attempt => {
    const attempt = none(name, "os, sys", attempts);
    return { ...attempt, code: `${SYSTEM_CALLS}${prepare}\n${attempt.code}` };
  };
  const secret = JSON.stringify(join(outside, "secret"));
  const target = JSON.stringify(join(outside, "from inside"));
  return [
    none("network", "socket", [
      `socket.create_connection(("127.0.0.1", ${port}), 1)`,
      `socket.create_connection(("localhost", ${port}), 1)`,
      `socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 9))`,
      `socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)`,
      `socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)`,
      `socket.getaddrinfo("example.com", 80)`,
    ]),
    none("reading home, other folders and passwords", "os", [
      `open(${secret}).read()`,
      `os.listdir(${JSON.stringify(outside)})`,
      `os.listdir("/root")`,
      `os.listdir("/home")`,
      `os.listdir("/tmp/..${outside}")`,
      `open("/etc/passwd").read()`,
      `open("/var/log/dpkg.log").read()`,
    ]),
    none("writing outside", "os, ctypes", [
      `open(${target}, "w")`,
      ...["/", "/usr", "/usr/lib", "/etc", "/dev", "/dev/shm", "/proc"].map(
        (folder) => `open("${folder}/from-inside", "w")`,
      ),
      `os.mkdir("/home")`,
      `os.chmod("/usr/bin/python3", 0o777)`,
      `1 / (1 + ctypes.CDLL(None).mount(b"/usr", b"/tmp", None, 4096, None))`,
      `1 / (1 + ctypes.CDLL(None).unshare(0x10000000))`,
    ]),
    { name: "1 GB of memory", code: "x = b'x' * (1 << 30)", isContained: failed("PYTHON_FAILED") },
    {
      name: "1 GB of memory, in eight processes",
      code: "import os, time\nfor _ in range(8):\n  if os.fork() == 0: x = b'x' * (1 << 27); time.sleep(9)\ntime.sleep(9)",
      isContained: limited,
      isSlow: true,
    },
    none("a file of 20 MB", "os", [`open("/tmp/big", "wb").write(bytes(20_000_000))`]),
    none("files of 24 MB together", "os", [
      `[open(f"/tmp/{i}", "wb").write(bytes(8_000_000)) for i in range(3)]`,
    ]),
    { name: "an endless loop", code: "while True: pass", isContained: limited, isSlow: true },
    {
      name: "an endless sleep",
      code: "import time, signal\nsignal.signal(15, signal.SIG_IGN)\ntime.sleep(99)",
      isContained: failed("PYTHON_TIMEOUT"),
      isSlow: true,
    },
    {
      name: "a fork bomb",
      code: "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
      isContained: limited,
      isSlow: true,
    },
    {
      name: "a background process",
      code: "import os, time\nif os.fork() == 0:\n  os.setsid()\n  time.sleep(99)\nprint('gone')",
      isContained: (result) => printed("gone")(result) && result.ms < 4_000,
    },
    {
      name: "a flood of output",
      code: "while True: print('x' * 1000)",
      isContained: failed("PYTHON_OUTPUT"),
    },
    {
      name: "a flood of errors",
      code: "import sys\nwhile True: print('x' * 1000, file=sys.stderr)",
      isContained: failed("PYTHON_OUTPUT"),
    },
    none("signals to processes outside", "os", [
      `os.kill(${pid}, 0)`,
      `os.kill(${pid}, 9)`,
      `os.kill(-${pid}, 9)`,
      `os.setpriority(os.PRIO_PROCESS, ${pid}, 19)`,
    ]),
    {
      name: "signals to all",
      code: "import os\nos.kill(-1, 9)\nos.kill(os.getppid(), 9)",
      isContained: () => true,
    },
    none("/proc", "os", [
      `[p for p in os.listdir("/proc") if p.isdigit() and int(p) > 9][0]`,
      `[f for p in os.listdir("/proc") if p.isdigit() and b"GVPIE" in open(f"/proc/{p}/environ", "rb").read()][0]`,
      `os.readlink("/proc/1/cwd/../../root")`,
      `open("/proc/1/root${outside}/secret").read()`,
      `os.write(os.open("/proc/sys/kernel/hostname", os.O_WRONLY), b"x")`,
      `os.write(os.open("/proc/sysrq-trigger", os.O_WRONLY), b"h")`,
      `os.write(os.open("/proc/self/oom_score_adj", os.O_WRONLY), b"-1000")`,
      `open("/proc/kcore", "rb").read(1)`,
      `open("/sys/fs/cgroup/pids/cgroup.procs").read()`,
    ]),
    none("inherited descriptors", "os", [
      `[fd for fd in os.listdir("/proc/self/fd") if int(fd) > 3][0]`,
      `[(p, fd) for p in os.listdir("/proc") if p.isdigit() for fd in os.listdir(f"/proc/{p}/fd") if int(fd) > 9][0]`,
      `os.fstat(3)`,
    ]),
    none("the environment", "os", [`os.environ["GVPIE_SECRET"]`, `os.environ["HOME"]`]),
    none("more privileges", "os, ctypes, resource", [
      `os.setuid(0)`,
      `os.setgroups([])`,
      `os.chroot("/tmp")`,
      `resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))`,
      `1 / (1 + ctypes.CDLL(None).ptrace(16, ${pid}, 0, 0))`,
    ]),
    noCall(
      "the daemon's keys",
      [
        `read(call((250, 219), 10, -3, b"user", b"gvpie", 0))`,
        `read(call((249, 218), b"user", b"gvpie", None, 0))`,
        `call((250, 219), 0, -3, 0)`,
        `call((248, 217), b"user", b"mine", b"x", 1, -4)`,
      ],
      `
def read(key):
    text = ctypes.create_string_buffer(99)
    call((250, 219), 11, key, text, 99)
    return text.value.decode()
`,
    ),
    noCall("io_uring", [`call(425, 4, ctypes.create_string_buffer(120))`]),
    noCall("bpf", [
      // BPF_MAP_CREATE, and BPF_PROG_LOAD of a socket filter, with the errors of a call that exists and lacks privileges.
      `call((321, 280), 0, ctypes.create_string_buffer(b"\\2\\0\\0\\0\\4\\0\\0\\0\\4\\0\\0\\0\\1", 128), 128)`,
    ]),
    noCall("userfaultfd", [`call((323, 282), 1)`]),
    noCall("perf_event_open", [
      // The clock of this process's own user code: type 1, size 112, exclude_kernel and exclude_hv.
      `call((298, 241), b"".join(n.to_bytes(s, "little") for n, s in ((1, 4), (112, 4), (0, 32), (96, 8), (0, 64))), 0, -1, -1, 0)`,
    ]),
    noCall("new namespaces", [
      `call((272, 97), 0x10000000)`,
      `call((56, 220), 0x10000000 | 17, None, None, None, None) or os._exit(0)`,
      `call(435, ctypes.create_string_buffer((0x10000000).to_bytes(8, "little") + bytes(24) + b"\\x11", 88), 88) or os._exit(0)`,
    ]),
    none("sockets of other families", "socket", [
      `socket.socket(socket.AF_INET, socket.SOCK_DGRAM)`,
      `socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)`,
      `socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM)`,
      `socket.socket(socket.AF_VSOCK, socket.SOCK_DGRAM)`,
      `socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)`,
    ]),
    noCall("other ways into the kernel", [
      `call((134, 1000), b"/usr/bin/python3")`,
      `call((135, 92), 0x0040000)`,
      `call((310, 270), os.getpid(), None, 0, None, 0, 0)`,
      `call((303, 264), -100, b"/usr", ctypes.create_string_buffer(b"\\x80", 200), ctypes.create_string_buffer(8), 0)`,
      `call((239, 236), None, None, 0, None, 0)`,
      `call((312, 272), os.getpid(), os.getpid(), 1, 0, 0)`,
      `call(430, b"tmpfs", 0)`,
      `call(447, 0)`,
      `call((154, 1000), 0, ctypes.create_string_buffer(64), 64)`,
      `call(0x40000000 + 39)`,
      `call(9999)`,
    ]),
    {
      name: "a system call of another architecture",
      // mov eax, 20 (getpid); int 0x80; ret
      code: `import mmap, ctypes, platform
if platform.machine() != "x86_64": raise SystemExit(1)
page = mmap.mmap(-1, 4096, prot=7)
page.write(bytes.fromhex("b814000000cd80c3"))
print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))())`,
      isContained: (result) => !result.success && result.stdout === "",
    },
    {
      name: "processor time in processes one after the other",
      code: burn("os.waitpid(child, 0)"),
      isContained: failed("PYTHON_KILLED"),
      isPatient: true,
    },
    {
      name: "processor time in processes without a waiting parent",
      code: burn("time.sleep(1)", "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)"),
      isContained: failed("PYTHON_KILLED"),
      isPatient: true,
    },
    {
      name: "processor time in processes at the same time",
      code: burn("", "", "for _ in range(12): os.wait()"),
      isContained: failed("PYTHON_KILLED"),
      isPatient: true,
    },
  ];
}

/** A script that uses 3.6 s of processor time in 12 processes, each 0.3 s, and then prints `burnt`. */
function burn(afterFork: string, before = "", after = ""): string {
  return `import os, time
${before}
for _ in range(12):
    child = os.fork()
    if child == 0:
        while time.process_time() < 0.3: pass
        os._exit(0)
    ${afterFork || "pass"}
${after}
print("burnt")`;
}
