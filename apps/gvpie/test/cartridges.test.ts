import { readdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createDaemon, createPixelRunner } from "@gvpie/daemon";
import { openStore } from "@gvpie/daemon/store";
import { createCpuRasterizer } from "@gvpie/raster-cpu";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { gvpie } from "./support/gvpie.ts";
import { cartridgePath } from "../src/cartridge-files.ts";

/** Two cartridges of one script, saved in the folder `pictures`; the run of the first one is deleted. */
async function setUp(): Promise<{ cwd: string; folder: string; names: string[] }> {
  const cwd = temporaryDirectory();
  const folder = join(cwd, "pictures");
  await using store = await openStore({ path: join(cwd, "db/daemon.db") });
  await store.removeScript("hello_gpu");
  await store.addScript({ name: "a", lang: "pixel", code: "TXT 1 1 a" });
  const pixel = createPixelRunner({ rasterizer: createCpuRasterizer() });
  await createDaemon({ store, cartridges: folder, runners: { pixel } }).runOnce();
  await store.updateScript("a", { code: "TXT 1 1 b" });
  await createDaemon({ store, cartridges: folder, runners: { pixel } }).runOnce();
  await store.pruneRuns({ keep: 1 });
  return { cwd, folder, names: readdirSync(folder).sort() };
}

function age(path: string, days: number): void {
  const time = Date.now() / 1000 - days * 86_400;
  utimesSync(path, time, time);
}

test("cartridges list prints each file, and with --unused the ones whose runs are deleted", async () => {
  const { cwd, folder, names } = await setUp();
  const { stdout } = await gvpie(["cartridges", "list"], { cwd });
  expect(stdout).toMatch(/^SCRIPT +FIRST RUN +LAST RUN +BYTES +STATE +FILE\na +1 +1 +\d+ +unused +\//);
  expect(stdout).toContain(`used    ${join(folder, names[1] ?? "")}\n`);
  const unused = await gvpie(["cartridges", "list", "--unused", "--json"], { cwd });
  expect(JSON.parse(unused.stdout)).toMatchObject([{ key: names[0], isUsed: false, scriptName: "a" }]);
});

test("cartridges collect deletes what no run names, of the given age, and nothing else", async () => {
  const { cwd, folder, names } = await setUp();
  const others = ["notes.txt", "a_1_x.png", "fresh_1_98.png"];
  for (const name of [...others, "orphan_1_99.png"]) writeFileSync(join(folder, name), "12345");
  for (const name of readdirSync(folder)) if (!name.startsWith("fresh")) age(join(folder, name), 3);
  const dry = await gvpie(["cartridges", "collect", "--dry-run"], { cwd });
  // The time in the name of an unused cartridge is that of its run, a moment ago.
  expect(dry.stdout).toBe(`${join(folder, "orphan_1_99.png")}\n`);
  expect(dry.stderr).toBe("would delete 1 file of 5 bytes\n");
  expect(readdirSync(folder)).toHaveLength(6);
  expect(await gvpie(["cartridges", "collect"], { cwd })).toMatchObject({
    status: 0,
    stdout: "",
    stderr: "deleted 1 file of 5 bytes\n",
  });
  expect(readdirSync(folder).sort()).toEqual([...others, ...names].sort());
  const database = new DatabaseSync(join(cwd, "db/daemon.db"));
  const old = "a_1700000000000_1.png";
  renameSync(join(folder, names[0] ?? ""), join(folder, old));
  database.prepare("UPDATE cartridges SET key = ? WHERE first_run_id = 1").run(old);
  database.close();
  const { stdout } = await gvpie(["cartridges", "collect", "--dry-run"], { cwd });
  expect(stdout).toBe(`${join(folder, old)}\n`);
  expect((await gvpie(["cartridges", "collect"], { cwd })).stderr).toMatch(/^deleted 1 file of \d+ bytes\n$/);
  expect(readdirSync(folder).sort()).toEqual([...others, String(names[1])].sort());
});

test("cartridges collect leaves the files that a run of another program names, and those of another database", async () => {
  const { cwd, folder, names } = await setUp();
  const [unused = "", used = ""] = names;
  const database = new DatabaseSync(join(cwd, "db/daemon.db"));
  const { id, script } = database
    .prepare("SELECT max(id) AS id, script_id AS script FROM improvement_runs")
    .get() as {
    id: number;
    script: number;
  };
  const old = "a_1700000000000_1.png";
  renameSync(join(folder, unused), join(folder, old));
  database.prepare("UPDATE cartridges SET key = ? WHERE key = ?").run(old, unused);
  const insert = database.prepare(
    "INSERT INTO improvement_runs (script_id, started_at, finished_at, success, cartridge_path) VALUES (?, 'x', 'x', 1, ?)",
  );
  insert.run(script, `../elsewhere/${old}`);
  insert.run(script, join(folder, "copied_1_999.png"));
  database.close();
  const foreign = `other_1600000000000_${id}.png`;
  const added = ["copied_1_999.png", foreign, "orphan_1_998.png"];
  for (const name of added) writeFileSync(join(folder, name), "1");
  for (const name of readdirSync(folder)) age(join(folder, name), 3);
  expect((await gvpie(["cartridges", "collect", "--dry-run"], { cwd })).stdout).toBe(
    `${join(folder, "orphan_1_998.png")}\n`,
  );
  expect((await gvpie(["cartridges", "collect"], { cwd })).stderr).toBe(
    "left 1 file of other runs with the same numbers: another database uses the folder\ndeleted 1 file of 1 byte\n",
  );
  expect(readdirSync(folder).sort()).toEqual([old, used, "copied_1_999.png", foreign].sort());
});

test.each([
  [["--older-than", "30s"], 2, "--older-than: expected a duration from 1m to"],
  [["--db", "none.db"], 1, "there is no database"],
])("cartridges collect refuses %j", async (args, status, message) => {
  const result = await gvpie(["cartridges", "collect", ...args], { cwd: temporaryDirectory() });
  expect(result).toMatchObject({ status, stderr: expect.stringContaining(message) as string });
});

test.each([
  ["file:///a%20b", "/a b/k.png"],
  ["file:///%2f", "file:///%2f/k.png"],
  ["file:///%00", "file:///%00/k.png"],
  ["s3://bucket", "s3://bucket/k.png"],
  [undefined, "k.png"],
])("the place of a file below %s is shown as %s", (root, path) => {
  expect(cartridgePath({ root, key: "k.png" })).toBe(path);
});
