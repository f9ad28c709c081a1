import { createDaemon, createPixelRunner, createPythonRunner } from "@gvpie/daemon";
import { createCpuRasterizer } from "@gvpie/raster-cpu";
import { isRoot, runNode, type TestProcess, waitUntil } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { tryEscapes } from "./support/python-escapes.ts";
import { delegateGroups, childGroups, removeGroups, runScripts } from "./support/python-scripts.ts";
import { openTestStore } from "./support/test-store.ts";

/** The reason for which the sandbox refuses to run scripts here, if any. */
const [probe] = await runScripts(["print('ready')"]);
const missing = probe?.success ? undefined : (probe?.stderr ?? "no process could be started");
const canMount = spawnSync("unshare", ["-m", "true"]).status === 0;

describe.skipIf(missing !== undefined)(
  `in the sandbox${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    test("captures output, and renders it if it begins with #!pxl", { timeout: 60_000 }, async () => {
      const endings = await runScripts([
        "import sys\nprint('hello'); print('careful', file=sys.stderr)",
        "print('#!pxl size'); print('TXT 1 1', 6 * 7)",
        "print('#!pxl'); print('TXT 1')",
        "print('#!pxl'); print('FRAMES 3 50'); print('RECT frame 0 1 4')",
        "print('half'); 1 / 0",
        "print('a\\0b', end='')",
      ]);
      expect(endings).toMatchObject([
        { success: true, stdout: "hello\n", stderr: "careful\n" },
        { success: true, stdout: "#!pxl size\nTXT 1 1 42\n", program: "#!pxl size\nTXT 1 1 42\n" },
        { success: false, stderr: expect.stringMatching(/^PXL_MISSING_OPERAND: line 2, /) },
        { success: true, frames: 3 },
        {
          success: false,
          stdout: "half\n",
          stderr: expect.stringMatching(/^PYTHON_FAILED: .*exited with code 1\n.*Zero/s),
        },
        { success: true, stdout: "a\ufffdb" },
      ]);
      expect(endings[0]).not.toHaveProperty("program");
    });

    test(
      "a script dies with its daemon, and the next daemon removes its control group",
      { timeout: 60_000 },
      async () => {
        const groups = delegateGroups();
        const kill = new AbortController();
        const scripts = ["print('started')", "import time\ntime.sleep(99)"];
        const running = runScripts(scripts, { groups, signal: kill.signal });
        const members = (): string[] =>
          groups
            .flatMap(childGroups)
            .flatMap((group) => readFileSync(`${group}/cgroup.procs`, "utf8").split("\n").filter(Boolean));
        // bubblewrap, the first process in the sandbox, and python.
        if (groups.length > 0) await waitUntil(() => members().length >= 3 * groups.length);
        kill.abort();
        expect((await running).length).toBeLessThan(2);
        await waitUntil(() => members().length === 0);
        expect(groups.map((group) => childGroups(group).length)).toEqual(groups.map(() => 1));
        expect(await runScripts(["print('again')"], { groups })).toMatchObject([{ stdout: "again\n" }]);
        removeGroups(groups);
      },
    );

    test("a script that ended while the loop was stopped is not timed out", { timeout: 60_000 }, async () => {
      const groups = delegateGroups();
      let child: TestProcess | undefined;
      const scripts = ["print('started')", "import time\ntime.sleep(1.5)\nprint('done')"];
      const onStart = (started: TestProcess): unknown => (child = started);
      const running = runScripts(scripts, { groups, onStart });
      await waitUntil(() => child?.messages.length === 1);
      if (groups.length > 0) await waitUntil(() => groups.flatMap(childGroups).length > 0);
      await sleep(500);
      child?.signal("SIGSTOP");
      await sleep(6_000);
      child?.signal("SIGCONT");
      expect((await running)[1]).toMatchObject({ success: true, stdout: "done\n" });
      removeGroups(groups);
    });

    test("Python's own modules work under the filter of system calls", { timeout: 60_000 }, async () => {
      const code = `
import asyncio, socket, sqlite3, subprocess, threading
threading.Thread(target=print, args=("thread",)).start()
print(subprocess.run(["/bin/echo", "process"], capture_output=True, text=True).stdout, end="")
async def echo():
    process = await asyncio.create_subprocess_exec("/bin/echo", "loop", stdout=subprocess.PIPE)
    return (await process.communicate())[0].decode()
print(asyncio.run(echo()), end="")
a, b = socket.socketpair(); a.send(b"pair"); print(b.recv(4).decode())
print(sqlite3.connect(":memory:").execute("SELECT 'table'").fetchone()[0])`;
      const [ending] = await runScripts([code]);
      expect(ending).toMatchObject({
        success: true,
        stdout: "thread\nprocess\nloop\npair\ntable\n",
      });
    });

    test("contains every escape", { timeout: 180_000 }, async () => {
      const { escapes, unsupported } = await tryEscapes();
      expect(unsupported).toBeUndefined();
      expect(escapes.filter((escape) => !escape.contained)).toEqual([]);
      expect(escapes).toHaveLength(32);
    });
  },
);

test("without a free descriptor, a script fails and the loop goes on", async () => {
  const file = new URL("support/no-descriptors.ts", import.meta.url);
  const wrapper = ["sh", "-c", 'ulimit -n 80; exec "$0" "$@"'];
  const { status, stdout, stderr } = await runNode(file, [], { wrapper });
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: "Error: spawn /bin/true EMFILE\n",
    stderr: "",
  });
});

describe("the error of a refused script names", () => {
  test.skipIf(!isRoot)("root", async () => {
    expect(await runScripts(["print(1)"], { asRoot: true })).toMatchObject([
      { success: false, stdout: "", stderr: expect.stringMatching(/^PYTHON_AS_ROOT: /) },
    ]);
  });

  test.skipIf(!isRoot)("a missing control group", async () => {
    expect(await runScripts(["print(1)"], { groups: [] })).toMatchObject([
      { success: false, stderr: expect.stringMatching(/^PYTHON_NO_LIMITS: .*Delegate a control group/) },
    ]);
  });

  test.skipIf(!canMount)("missing bubblewrap", async () => {
    const wrapper = ["unshare", "-m", "sh", "-c", 'mount --bind /dev/null /usr/bin/bwrap && exec "$@"', "sh"];
    expect(await runScripts(["print(1)"], { wrapper })).toMatchObject([
      { success: false, stderr: expect.stringMatching(/^PYTHON_NO_SANDBOX: .*install bubblewrap/) },
    ]);
  });

  test("a missing runner", async () => {
    const { store } = await openTestStore();
    await store.addScript({ name: "snake", lang: "python", code: "print(1)" });
    const rasterizer = createCpuRasterizer();
    const run = async (
      runners: Parameters<typeof createDaemon>[0]["runners"],
    ): Promise<string | undefined> => {
      const [report] = await createDaemon({ store, cartridges: temporaryDirectory(), runners }).runOnce();
      return report?.stderr;
    };
    expect(await run({ pixel: createPixelRunner({ rasterizer }) })).toMatch(/^PYTHON_DISABLED: /);
    const python = createPythonRunner({ rasterizer });
    // For the user of the tests: it works, or names the missing part.
    expect(await run({ python })).toMatch(isRoot ? /^PYTHON_AS_ROOT: / : /^$|^PYTHON_(?:NO_|MISSING)/);
  });
});
