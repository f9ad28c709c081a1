import { createDaemon, type DaemonEvent } from "@gvpie/daemon";
import { checkStore, type RunOutcome, type ScriptStore } from "@gvpie/daemon/store";
import { waitUntil } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { existsSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRetention } from "../src/retention.ts";
import { createGivingUp } from "../src/store/give-up-cartridges.ts";
import { openSqlite } from "../src/store/sqlite.ts";
import type { Kept } from "../src/types.ts";
import { asOtherTool, fromFixture, openTestStore, rows, TERMS, TestClock } from "./support/test-store.ts";

const DAY = 86_400_000;

/** A store with one script `a`, its clock, and a folder. `draw` records a run with a new cartridge, or one that an earlier run wrote. */
async function setUp() {
  const clock = new TestClock();
  const { store, path } = await openTestStore({ clock });
  const folder = join(temporaryDirectory(), "cartridges");
  await createDaemon({ store, cartridges: folder, runners: {} }).runOnce();
  await store.addScript({ name: "a", lang: "pixel", code: "HALT" });
  const claim = async () => {
    const [run] = await store.claimScripts([2], TERMS);
    if (!run) throw new Error("expected a run, got none");
    return run;
  };
  const finish = (run: Awaited<ReturnType<typeof claim>>, again?: string) => {
    const file = join(folder, again ?? `a_${clock.wall}_${run.runId}.png`);
    if (again === undefined) writeFileSync(file, "picture");
    const outcome: RunOutcome = {
      runId: run.runId,
      success: true,
      stdout: "",
      stderr: "",
      durationMs: 1,
      cartridgePath: file,
      ...(again === undefined && { fingerprint: `f${run.runId}`, cartridgeBytes: 7 }),
    };
    return store.finishRuns([outcome], TERMS);
  };
  const draw = async (again?: string) => {
    await finish(await claim(), again);
    clock.advance(DAY);
  };
  const retention = (kept: { keepRuns?: Kept; keepCartridges?: Kept }) =>
    createRetention({
      store,
      folder,
      keepRuns: kept.keepRuns,
      keepCartridges: kept.keepCartridges,
      emit: () => {},
      now: clock.now,
    });
  const files = (): string[] => readdirSync(folder).sort();
  const named = (): unknown[] =>
    rows(path, "SELECT id FROM improvement_runs WHERE cartridge_path IS NOT NULL");
  return { clock, store, path, folder, claim, finish, draw, retention, files, named };
}

async function openOther(path: string) {
  const database = await openSqlite({ path });
  return { ...database, [Symbol.asyncDispose]: database.close };
}

async function orphansIn(store: ScriptStore, folder: string): Promise<string[]> {
  return store.findOrphans(folder, readdirSync(folder));
}

describe("retention", () => {
  test("keeps runs by number, by age, and by either of both rules", async () => {
    for (const [keepRuns, left] of [
      [{ count: 3 }, [8, 9, 10]],
      [{ ageMs: 2.5 * DAY }, [9, 10]],
      [{ count: 4, ageMs: 2.5 * DAY }, [7, 8, 9, 10]],
      [{ count: 1, ageMs: 2.5 * DAY }, [9, 10]],
    ] as const) {
      const { draw, retention, store, path, files } = await setUp();
      for (let run = 0; run < 10; run++) await draw();
      expect(await retention({ keepRuns }).pass()).toEqual({ runs: 10 - left.length, cartridges: 0 });
      expect(rows(path, "SELECT id FROM improvement_runs")).toEqual(left.map((id) => ({ id })));
      expect(await store.getScript("a")).toMatchObject({ runCount: 10, successCount: 10 });
      expect(files()).toHaveLength(10);
    }
  });

  test("keeps cartridges by number: the files of the others go, and no row names them", async () => {
    const { draw, retention, store, folder, files, named, path } = await setUp();
    for (let run = 0; run < 6; run++) await draw();
    expect(await retention({ keepCartridges: { count: 2 } }).pass()).toEqual({ runs: 0, cartridges: 4 });
    expect(files().map((name) => name.slice(-6))).toEqual(["_5.png", "_6.png"]);
    expect(named()).toEqual([{ id: 5 }, { id: 6 }]);
    expect(rows(path, "SELECT first_run_id AS id, bytes FROM cartridges")).toEqual([
      { id: 5, bytes: 7 },
      { id: 6, bytes: 7 },
    ]);
    expect(await store.findRender(2, "f4")).toBeUndefined();
    expect(await store.findRender(2, "f5")).toBeDefined();
    expect(await orphansIn(store, folder)).toEqual([]);
  });

  test("keeps cartridges by age, by their last use, and the newest one at any age", async () => {
    const { clock, draw, retention, files } = await setUp();
    await draw();
    const [reused] = files();
    await draw();
    await draw(reused);
    await retention({ keepCartridges: { ageMs: 1.5 * DAY } }).pass();
    expect(files()).toEqual([reused]);
    clock.advance(900 * DAY);
    await retention({ keepCartridges: { ageMs: DAY } }).pass();
    expect(files()).toEqual([reused]);
  });

  test("keeps the age of cartridges whose runs are deleted", async () => {
    const { draw, retention, files, store } = await setUp();
    for (let run = 0; run < 6; run++) await draw();
    const both = retention({ keepRuns: { count: 1 }, keepCartridges: { ageMs: 3.5 * DAY } });
    await both.pass();
    await both.pass();
    expect(files().map((name) => name.slice(-6))).toEqual(["_4.png", "_5.png", "_6.png"]);
    expect((await store.listCartridges({ unused: true })).map((file) => file.firstRunId)).toEqual([4, 5]);
  });

  test("a file that many runs name is given up in small transactions", async () => {
    const { draw, retention, files, named, path, clock } = await setUp();
    await draw();
    asOtherTool(path, (database) => {
      const insert = database.prepare(
        "INSERT INTO improvement_runs (id, script_id, started_at, finished_at, success, cartridge_path) SELECT ?, script_id, started_at, finished_at, 1, cartridge_path FROM improvement_runs WHERE id = 1",
      );
      for (let id = 2; id <= 1_200; id++) insert.run(id);
      database.exec("UPDATE cartridges SET last_run_id = 1200");
    });
    clock.advance(DAY);
    await draw();
    await retention({ keepCartridges: { count: 1 } }).pass();
    expect(files()).toHaveLength(1);
    expect(named()).toEqual([{ id: 1_201 }]);
  });

  test("a file that a run in progress has found stays until that run has ended", async () => {
    const { draw, claim, finish, retention, files, store, named } = await setUp();
    await draw();
    const [first = ""] = files();
    for (let run = 0; run < 3; run++) await draw();
    const open = await claim();
    expect(await store.findRender(2, "f1")).toContain(first);
    const kept = retention({ keepCartridges: { count: 1 } });
    for (let pass = 0; pass < 3; pass++) expect(await kept.pass()).toMatchObject({ cartridges: 0 });
    await finish(open, first);
    expect(named()).toHaveLength(5);
    // While the script runs again, what only ended runs may have found goes.
    const next = await claim();
    await kept.pass();
    expect(files().map((name) => name.slice(-6))).toEqual(["_1.png", "_4.png"]);
    expect(named()).toEqual([{ id: 1 }, { id: 4 }, { id: 5 }]);
    await finish(next);
    await kept.pass();
    expect(files().map((name) => name.slice(-6))).toEqual(["_6.png"]);
  });

  test("a folder that is not mounted, and a file that was removed by hand, change no run", async () => {
    const { draw, retention, folder, files, named, store } = await setUp();
    for (let run = 0; run < 4; run++) await draw();
    renameSync(folder, `${folder}.away`);
    expect(await retention({ keepCartridges: { count: 1 } }).pass()).toEqual({ runs: 0, cartridges: 0 });
    renameSync(`${folder}.away`, folder);
    rmSync(join(folder, files()[0] ?? ""));
    expect(await retention({ keepCartridges: { count: 1 } }).pass()).toEqual({ runs: 0, cartridges: 2 });
    expect(named()).toEqual([{ id: 1 }, { id: 4 }]);
    expect(await store.listCartridges()).toHaveLength(1);
  });

  test("a row of another tool that names a file elsewhere, or of another form, removes nothing", async () => {
    const { draw, retention, folder, path } = await setUp();
    for (let run = 0; run < 2; run++) await draw();
    const victim = join(folder, "../victim_1_1.png");
    for (const name of ["notes.txt", "../victim_1_1.png", "a_1_.png"]) writeFileSync(join(folder, name), "x");
    asOtherTool(path, (database) => {
      const insert = database.prepare(
        "INSERT INTO cartridges (root_id, key, script_id, first_run_id, last_run_id) VALUES (1, ?, 2, 1, 1)",
      );
      for (const key of ["notes.txt", "../victim_1_1.png", "a_1_.png", "..", ""]) insert.run(key);
    });
    await retention({ keepCartridges: { count: 1 } }).pass();
    expect(existsSync(victim)).toBe(true);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(["notes.txt", "a_1_.png"]));
  });

  test("goes on past any number of rows that other programs stored, which count for nothing", async () => {
    const { draw, retention, files, path } = await setUp();
    for (let run = 0; run < 5; run++) await draw();
    asOtherTool(path, (database) => {
      database.exec("INSERT INTO cartridge_roots VALUES (7, 'file:///%zz', x'00'), (8, x'ff', '')");
      const insert = database.prepare(
        "INSERT INTO cartridges (root_id, key, script_id, first_run_id, last_run_id) VALUES (?, ?, 2, ?, ?)",
      );
      database.transaction(() => {
        for (let i = 0; i < 450; i++) {
          insert.run(1, `odd_1x${i}_1.png`, 0, 0);
          insert.run(1, `nul\0_1_${i}.png`, 0, "text");
          insert.run(1, `of-no-run_9999999999999_${i}.png`, 0, -1);
          insert.run(7, `a_1_${i}.png`, 1, 1_000);
          insert.run(8, Buffer.from(`a_1_${i}.png`), 1, 1_000);
        }
      })();
    });
    await retention({ keepCartridges: { count: 2, ageMs: 2.5 * DAY } }).pass();
    expect(files().map((name) => name.slice(-6))).toEqual(["_4.png", "_5.png"]);
  });

  test("rows of any type and with any id stop no list, check, run or deletion", async () => {
    const { draw, retention, files, path, store } = await setUp();
    await draw();
    asOtherTool(path, (database) =>
      database.exec(`
        UPDATE cartridge_roots SET id = 9007199254740993;
        UPDATE cartridges SET root_id = 9007199254740993, id = 9007199254740995;
        INSERT INTO cartridge_roots (uri, host) VALUES ('file:///%2f', '${hostname()}'), ('file:///%00', '${hostname()}'),
          (x'66', '${hostname()}'), ('file:///x', x'ff');
        INSERT INTO cartridges (root_id, key, script_id, bytes, first_run_id, last_run_id)
          SELECT id, k, 2, 9223372036854775807, 1, 9223372036854775807 FROM cartridge_roots,
            (SELECT x'ff' AS k UNION SELECT 'a' || char(0) UNION SELECT hex(zeroblob(524288)) UNION SELECT 1.5)`),
    );
    await draw();
    await draw();
    expect((await store.listCartridges()).length).toBeGreaterThan(15);
    expect(await store.listCartridgeFolders()).toHaveLength(1);
    expect((await checkStore({ path, full: true })).findings.map(({ code }) => code)).not.toContain(
      "DAMAGED",
    );
    await retention({ keepCartridges: { count: 1 } }).pass();
    expect(files().map((name) => name.slice(-6))).toEqual(["_3.png"]);
  });

  test("leaves a file that a run has used again since it was found", async () => {
    const { draw, claim, finish, store, folder, path, files } = await setUp();
    for (let run = 0; run < 3; run++) await draw();
    const [oldest = ""] = files();
    asOtherTool(path, (database) => database.exec("DELETE FROM improvement_runs WHERE id = 1"));
    await using database = await openOther(path);
    const giveUp = createGivingUp({
      ...database,
      async read(steps) {
        const found = await database.read(steps);
        expect(await store.findRender(2, "f1")).toBe(join(folder, oldest));
        await finish(await claim(), oldest);
        return found;
      },
    });
    expect(await giveUp({ folder, keep: 0, unused: true })).toMatchObject({ paths: [] });
    expect(await store.listRuns({ limit: 1 })).toMatchObject([{ cartridgePath: join(folder, oldest) }]);
  });

  test("runs in a loop, deletes what it may, and says so", { timeout: 20_000 }, async () => {
    const { store, folder, draw, files } = await setUp();
    for (let run = 0; run < 5; run++) await draw();
    await store.updateScript("a", { enabled: false });
    const events: DaemonEvent[] = [];
    const daemon = createDaemon({
      store,
      cartridges: folder,
      runners: {},
      keepRuns: { count: 2 },
      keepCartridges: { count: 1 },
      onEvent: (event) => events.push(event),
    });
    const ended = daemon.run();
    await waitUntil(() => events.some((event) => event.type === "retention"));
    await daemon.close();
    await ended;
    expect(events.find((event) => event.type === "retention")?.fields).toEqual({ runs: 3, cartridges: 4 });
    expect(files()).toHaveLength(1);
    expect(daemon.status().disks[0]).toMatchObject({ fullInMs: undefined });
  });

  test.each([
    [{}, "got {}"],
    [{ count: 0 }, 'got {"count":0}'],
    [{ ageMs: 0.5 }, 'got {"ageMs":0.5}'],
  ])("keepRuns %j is refused", async (keepRuns, found) => {
    const { store } = await openTestStore();
    expect(() => createDaemon({ store, cartridges: "x", runners: {}, keepRuns })).toThrow(
      `keepRuns: expected a count from 1 to 1000000, an ageMs of 1 or more, or both, ${found}`,
    );
  });
});

describe("orphans", () => {
  test("are recognised by folder and name, not by the id in their name", async () => {
    const { draw, store, folder, files, claim, clock } = await setUp();
    await draw();
    const [known = ""] = files();
    const other = join(folder, "../other");
    await createDaemon({ store, cartridges: other, runners: {} }).runOnce();
    const open = await claim();
    const saving = `a_${clock.wall}_${open.runId}.png`;
    for (const name of [known, saving, "a_1_1.png", "a_1_99.png"]) writeFileSync(join(other, name), "x");
    // The file of the other folder is a copy: the row names the one in its folder.
    expect((await orphansIn(store, other)).sort()).toEqual(["a_1_1.png", "a_1_99.png", known].sort());
    expect(await orphansIn(store, folder)).toEqual([]);
  });

  test("files of a folder that was moved, or of an earlier version, are recorded where they are", async () => {
    const { draw, store, folder, path } = await setUp();
    for (let run = 0; run < 3; run++) await draw();
    asOtherTool(path, (database) =>
      database.exec("UPDATE cartridges SET root_id = NULL WHERE id = 1; DELETE FROM cartridges WHERE id = 2"),
    );
    const moved = `${folder}.moved`;
    renameSync(folder, moved);
    expect(await orphansIn(store, moved)).toEqual([]);
    expect(await orphansIn(store, moved)).toEqual([]);
    expect(await store.listCartridges()).toHaveLength(3);
    expect(await store.listCartridgeFolders()).toEqual([folder, moved]);
    for (const { root } of await store.listCartridges()) expect(root).toMatch(/\.moved$/);
  });

  test("a symbolic link to the folder names the same folder", async () => {
    const { store, folder, draw } = await setUp();
    await draw();
    symlinkSync(folder, `${folder}.link`);
    expect(await orphansIn(store, `${folder}.link`)).toEqual([]);
  });
});

test("a database of an earlier version lists its cartridges, one row a file", async () => {
  const path = join(temporaryDirectory(), "daemon.db");
  fromFixture("version-3", path);
  asOtherTool(path, (database) =>
    database.exec(`INSERT INTO improvement_runs (id, script_id, started_at, finished_at, success, cartridge_path)
      SELECT 100 + value, 1, 'x', 'x', 1, CASE WHEN value < 3 THEN 'cartridges/a_1_1.png' ELSE 'b_1_3.png' END
      FROM json_each('[1, 2, 3]');
      INSERT INTO improvement_runs (id, script_id, started_at, cartridge_path) VALUES (200, 1, 'x', ''), (201, 1, 'x', 'a/')`),
  );
  const { store } = await openTestStore({ path });
  const files = await store.listCartridges();
  expect(files.filter((file) => Number(file.firstRunId) > 100)).toMatchObject([
    { key: "a_1_1.png", root: undefined, bytes: undefined, firstRunId: 101, lastRunId: 102, isUsed: true },
    { key: "b_1_3.png", firstRunId: 103, lastRunId: 103 },
  ]);
});
