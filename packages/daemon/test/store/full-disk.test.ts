import { isRoot, runProcess, skipVisibly } from "@gvpie/testing";
import { spawnSync } from "node:child_process";
import { beforeEach, expect, test } from "vitest";

/** Runs a command in a mount namespace of its own, where it may mount. */
const WRAPPER: readonly [string, ...string[]] = isRoot ? ["unshare", "-m"] : ["unshare", "-r", "-m"];

beforeEach((context) => {
  const [command, ...args] = WRAPPER;
  if (spawnSync(command, [...args, "mount", "-t", "tmpfs", "none", "/mnt"]).status !== 0) {
    skipVisibly(context, "no file system can be mounted here");
  }
});

/**
 * Opens a store and adds a script, on a file system in memory that `prepare` fills, in a mount namespace of its own. Prints the code
 * and the message of the error.
 */
function program(options: string, prepare: string): string {
  return `
    const { openStore } = await import(${JSON.stringify(import.meta.resolve("../../src/store/index.ts"))});
    const { default: Driver } = await import(${JSON.stringify(import.meta.resolve("better-sqlite3"))});
    const { spawnSync } = await import("node:child_process");
    const { closeSync, copyFileSync, mkdirSync, openSync, writeFileSync } = await import("node:fs");
    if (spawnSync("mount", ["-t", "tmpfs", "-o", ${JSON.stringify(options)}, "none", "/mnt"]).status !== 0) process.exit(9);
    const path = "/mnt/db/daemon.db";
    const store = async () => { await (await openStore({ path })).close(); };
    const old = () => { const d = new Driver(path); d.exec("CREATE TABLE improvement_scripts (id INTEGER PRIMARY KEY, name, lang, code, enabled, created_at, last_run_at, run_count, success_count)"); d.close(); };
    const fill = () => { for (let i = 0; i < 999; i++) try { writeFileSync("/mnt/fill" + i, Buffer.alloc(1 << 20)); } catch { return; } };
    const files = () => { for (let i = 0; i < 999; i++) try { writeFileSync("/mnt/file" + i, ""); } catch { return; } };
    const descriptors = () => { const open = []; for (;;) try { open.push(openSync("/dev/null")); } catch { return; } };
    ${prepare}
    try {
      await using opened = await openStore({ path, busyTimeoutMs: 100 });
      await opened.addScript({ name: "a", lang: "pixel", code: "#".repeat(90_000) });
      console.log("added");
    } catch ({ code, message }) { console.log(code + " " + message); }`;
}

// SQLite reports most of these as an I/O error, or as a file that cannot be opened.
test.each([
  ["no room for the folder", "size=64k,nr_inodes=2", "fill(); files();"],
  ["no room for a new database", "size=64k", "mkdirSync('/mnt/db'); fill();"],
  ["no room for the log of a store", "size=512k", "await store(); fill();"],
  ["no room for a script", "size=512k", "await store(); writeFileSync('/mnt/most', Buffer.alloc(350_000));"],
  ["no room to migrate an old database", "size=512k", "mkdirSync('/mnt/db'); old(); fill();"],
  ["no file left for a new database", "size=4m,nr_inodes=9", "mkdirSync('/mnt/db'); files();"],
  ["no file left for the log of a store", "size=4m,nr_inodes=9", "await store(); files();"],
  ["no descriptor left", "size=4m", "await store(); descriptors();"],
])(
  "a lack of space, files or descriptors is STORE_FULL, at the start too: %s",
  async (_, options, prepare) => {
    const args = ["--conditions=@gvpie/source", "--input-type=module", "-e", program(options, prepare)];
    const { stdout, stderr } = await runProcess(process.execPath, args, {
      wrapper: WRAPPER,
    });
    expect(stdout + stderr).toMatch(
      /^STORE_FULL \/mnt\/db.*: (?:the disk is full; free some space|the disk has no room for another file; remove some|too many files are open; raise `ulimit -n`)/,
    );
  },
);
