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
}

const SECRET = "the secret of this machine";

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
    const attempts = all.filter(({ isSlow }) => slow || !isSlow);
    const scripts = attempts.flatMap(({ code }) => [code, "print('alive')"]);
    const results = await runScripts(scripts, { env: { GVPIE_SECRET: SECRET } });
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
  ];
}
