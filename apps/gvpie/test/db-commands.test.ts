import { closeSync, existsSync, openSync, readdirSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "@gvpie/daemon/store";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { gvpie } from "./support/gvpie.ts";
import { gvpieSession } from "./support/session.ts";

async function directoryWithStore(): Promise<string> {
  const cwd = temporaryDirectory();
  await (await openStore({ path: join(cwd, "db/daemon.db") })).close();
  return cwd;
}

test("a database is backed up, checked, changed and restored", async () => {
  const cwd = await directoryWithStore();
  const [backup, again, forced, check, removed, restored, listed] = await gvpieSession(
    [
      ["db", "backup", "b.db"],
      ["db", "backup", "b.db"],
      ["db", "backup", "--force", "b.db"],
      ["db", "check"],
      ["scripts", "remove", "hello_gpu"],
      ["db", "restore", "b.db"],
      ["scripts", "list"],
    ],
    { cwd },
  );
  expect(backup).toMatchObject({
    status: 0,
    stdout: "",
    stderr: expect.stringMatching(/^wrote b\.db: 1 script and 0 runs, \d+ KiB\n$/),
  });
  expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining("replace it with --force") });
  expect(forced).toMatchObject({ status: 0 });
  expect(check).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(
      /^db\/daemon\.db: ok, 1 script, 0 runs, \d+ KiB; looked for 0 cartridges\n$/,
    ),
  });
  expect(removed).toMatchObject({ status: 0 });
  expect(restored).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(
      /^restored db\/daemon\.db from b\.db: 1 script and 0 runs\nthe database that was there is now .*\/daemon\.db\.before-restore-.*Z\n$/,
    ),
  });
  expect(listed?.stdout).toContain("hello_gpu");
  expect(readdirSync(join(cwd, "db")).filter((name) => name.includes("before-restore"))).toHaveLength(1);
});

test("restore refuses a database that a process has open, and a file that is not a backup", async () => {
  const cwd = await directoryWithStore();
  await gvpie(["db", "backup", "b.db"], { cwd });
  writeFileSync(join(cwd, "bad.db"), "x".repeat(5_000));
  expect(await gvpie(["db", "restore", "bad.db"], { cwd })).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^gvpie db restore: .*bad\.db: this file is not an SQLite database;/),
  });
  await using store = await openStore({ path: join(cwd, "db/daemon.db") });
  expect(await gvpie(["db", "restore", "b.db"], { cwd })).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /expected a database that no process has open, got one that is open in .*; stop it/,
    ),
  });
  expect(await store.listScripts()).toHaveLength(1);
});

test("check exits with 1 for a damaged database, as text and as JSON", async () => {
  const cwd = await directoryWithStore();
  const path = join(cwd, "db/daemon.db");
  const file = openSync(path, "r+");
  // Pages in the middle.
  writeSync(file, Buffer.alloc(20_000, 0xff), 0, 20_000, 4_096 * 20);
  closeSync(file);
  const [check, json, backup] = await gvpieSession(
    [
      ["db", "check"],
      ["db", "check", "--json"],
      ["db", "backup", "b.db"],
    ],
    { cwd },
  );
  expect([check?.status, json?.status, backup?.status]).toEqual([1, 1, 1]);
  expect(`${check?.stdout}${check?.stderr}`).toMatch(/DAMAGED|damaged/);
  expect(existsSync(join(cwd, "b.db"))).toBe(false);
});
