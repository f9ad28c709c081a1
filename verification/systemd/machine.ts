import {
  startProcess,
  runProcess,
  createTemporaryDirectory,
  type TestProcess,
  waitUntil,
} from "@gvpie/testing";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SYSTEMD = "/usr/lib/systemd/systemd";
const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const BOOT = fileURLToPath(new URL("boot.sh", import.meta.url));
/** Unified hierarchies of control groups: alone, or beside version 1. */
const CGROUP_ROOTS = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];

/** A systemd with its own processes, files, control groups and users, in which the daemons are installed as services. */
export interface Machine extends AsyncDisposable {
  /** Runs a command inside, and returns its output. */
  run(command: string, ...args: readonly string[]): Promise<string>;
  /** Returns the properties of a unit. */
  show(unit: string, ...properties: readonly string[]): Promise<Record<string, string>>;
  /** Everything that systemd and the services have written. */
  journal(): Promise<string>;
}

/** Returns the reason if no systemd can be booted here. */
export function cannotBoot(): string | undefined {
  if (process.getuid?.() !== 0) return "expected root, to boot a systemd";
  if (!existsSync(SYSTEMD)) return "expected systemd; apt-get install systemd";
  if (cgroupRoot() === undefined) return "expected a unified hierarchy of control groups";
  return undefined;
}

/** Rejects with the output of systemd if it does not boot. */
export async function bootMachine(): Promise<Machine> {
  const directory = createTemporaryDirectory();
  const group = join(cgroupRoot() ?? "", `gvpie-test-${process.pid}`);
  mkdirSync(group);
  const namespaces = ["--pid", "--mount", "--cgroup", "--uts", "--ipc", "--net", "--fork", "--kill-child"];
  const enter = `echo $$ > '${group}/cgroup.procs' && exec unshare "$@"`;
  const unshare: TestProcess = startProcess("sh", [
    "-c",
    enter,
    "sh",
    ...namespaces,
    BOOT,
    directory.path,
    CHECKOUT,
    process.execPath,
  ]);
  const init = async (): Promise<string> =>
    waitUntil(() => {
      if (!unshare.isRunning) throw new Error(`expected systemd to boot, got:\n${unshare.stderr}`);
      const children = readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, "utf8").trim();
      return children !== "" && readFileSync(`/proc/${children}/comm`, "utf8") === "systemd\n" && children;
    });
  const machine: Machine = {
    async run(command, ...args) {
      const pid = await init();
      const { stdout } = await runProcess("nsenter", ["-t", pid, "-a", command, ...args], {
        env: { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" },
      });
      return stdout;
    },
    async show(unit, ...properties) {
      const text = await machine.run("systemctl", "show", unit, `--property=${properties.join(",")}`);
      return Object.fromEntries(
        text
          .trim()
          .split("\n")
          .map((row) => [row.slice(0, row.indexOf("=")), row.slice(row.indexOf("=") + 1)]),
      );
    },
    journal: async () =>
      `${await machine.run("journalctl", "--no-pager")}\n${unshare.stdout}\n${unshare.stderr}`,
    async [Symbol.asyncDispose]() {
      await unshare[Symbol.asyncDispose]();
      await waitUntil(() => removeGroup(group));
      directory[Symbol.dispose]();
    },
  };
  try {
    await waitUntil(
      async () => (await machine.show("test.target", "ActiveState"))["ActiveState"] === "active",
    );
  } catch (error) {
    await machine[Symbol.asyncDispose]();
    throw error;
  }
  return machine;
}

function cgroupRoot(): string | undefined {
  return CGROUP_ROOTS.find((root) => existsSync(join(root, "cgroup.procs")));
}

/** Removes a control group with those below it; false while one of them has processes. */
function removeGroup(group: string): boolean {
  try {
    for (const entry of readdirSync(group, { withFileTypes: true })) {
      if (entry.isDirectory()) removeGroup(join(group, entry.name));
    }
    rmdirSync(group);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
