import { checkStore, openStore } from "@gvpie/daemon/store";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { linkSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { asOtherTool, damageIndex, fromFixture, openTestStore } from "../support/test-store.ts";

test.each([false, true])("a sound database that is open has no findings, full %s", async (full) => {
  const { path } = await openTestStore({ keepSeed: true });
  expect(await checkStore({ path, full })).toMatchObject({
    path,
    isCurrent: true,
    scripts: 1,
    runs: 0,
    findings: [],
  });
});

test("an old database is read as it is, and named as outdated", async () => {
  const path = join(temporaryDirectory(), "daemon.db");
  fromFixture("old-full", path);
  expect(await checkStore({ path })).toMatchObject({ isCurrent: false, findings: [] });
  expect(readdirSync(join(path, ".."))).toEqual(["daemon.db"]);
});

test.each<[string, (path: string) => string | void, string, RegExp]>([
  ["an index that does not match its table", damageIndex, "error DAMAGED", /improvement_runs_script/],
  [
    "a counter less than its rows",
    (path) =>
      asOtherTool(path, (database) => {
        database.exec(
          "INSERT INTO improvement_runs (script_id, started_at, finished_at) VALUES (1, 'a', 'b')",
        );
      }),
    "warn MISCOUNTED",
    /got fewer for hello_gpu/,
  ],
  [
    "options of a script that is gone",
    (path) =>
      asOtherTool(
        path,
        (database) => void database.exec("INSERT INTO script_options (script_id) VALUES (99)"),
      ),
    "warn DANGLING",
    /rows of script_options that refer to existing rows, got 1/,
  ],
  [
    "a second name of the file",
    (path) => linkSync(path, `${path}.before-restore-x`),
    "warn SECOND_NAME",
    /got also daemon\.db\.before-restore-x; never open it by that name/,
  ],
])("finds %s", async (_, prepare, found, words) => {
  const path = join(temporaryDirectory(), "daemon.db");
  await (await openStore({ path })).close();
  prepare(path);
  const { findings } = await checkStore({ path, full: true });
  expect(new Set(findings.map(({ level, code }) => `${level} ${code}`))).toEqual(new Set([found]));
  expect(findings[0]?.message).toMatch(words);
});

test("counters that include pruned runs, and runs of removed scripts, are as expected", async () => {
  const { path } = await openTestStore({ keepSeed: true });
  asOtherTool(path, (database) => {
    database.exec("UPDATE improvement_scripts SET run_count = 9, success_count = 5");
    database.exec("INSERT INTO improvement_runs (script_id, started_at, finished_at) VALUES (77, 'a', 'b')");
  });
  expect((await checkStore({ path, full: true })).findings).toEqual([]);
});

test("finds cartridges of this machine that are missing, and looks for no path that a key contains", async () => {
  const { path } = await openTestStore({ keepSeed: true });
  const folder = temporaryDirectory();
  const gone = join(folder, "gone");
  mkdirSync(join(folder, "c"));
  writeFileSync(join(folder, "c", "1.png"), "");
  asOtherTool(path, (database) => {
    const root = database.prepare("INSERT INTO cartridge_roots (id, uri, host) VALUES (?, ?, ?)");
    root.run(1, pathToFileURL(join(folder, "c")).href, hostname());
    root.run(2, pathToFileURL(gone).href, hostname());
    root.run(3, pathToFileURL(gone).href, "elsewhere");
    const cartridge = database.prepare(
      "INSERT INTO cartridges (root_id, key, first_run_id, last_run_id) VALUES (?, ?, 1, 1)",
    );
    for (const key of ["1.png", "2.png", "../../etc/shadow"]) cartridge.run(1, key);
    cartridge.run(2, "3.png");
    cartridge.run(3, "4.png");
  });
  const { findings, cartridges } = await checkStore({ path });
  expect(cartridges).toBe(4);
  expect(findings.map(({ message }) => message).toSorted()).toEqual([
    expect.stringMatching(/\/c: expected 1 more cartridges, got no files: 2\.png;/),
    expect.stringMatching(/\/gone: expected the folder of 1 cartridges, got none; mount it/),
  ]);
});

test("a missing database: STORE_MISSING", async () => {
  await expect(checkStore({ path: join(temporaryDirectory(), "a.db") })).rejects.toMatchObject({
    code: "STORE_MISSING",
  });
});
