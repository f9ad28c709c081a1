// The last run of each file, and whether a run names it, against a computation over all runs that were recorded.

import type { RowId, ScriptStore } from "@gvpie/daemon/store";
import { SeededRandom } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { asOtherTool, openTestStore, rows, TERMS, TestClock } from "../support/test-store.ts";

const DAY = 86_400_000;

/** A file as the test knows it. */
interface Drawn {
  readonly script: RowId;
  readonly key: string;
  last: number;
}

/** A store with a folder, and all files that its runs have drawn. */
async function setUp() {
  const clock = new TestClock();
  const { store, path } = await openTestStore({ clock });
  const folder = join(temporaryDirectory(), "cartridges");
  mkdirSync(folder);
  const files: Drawn[] = [];

  /** Records a run of a script that draws a new file, one again, or none. */
  async function record(script: RowId, again: Drawn | "new" | "failed"): Promise<void> {
    const [run] = await store.claimScripts([Number(script)], TERMS);
    if (!run) throw new Error("expected a run, got none");
    const { runId } = run;
    const drawn = again === "new" ? { script, key: `a_${clock.wall}_${runId}.png`, last: runId } : again;
    const outcome = { runId, success: drawn !== "failed", stdout: "", stderr: "", durationMs: 1 };
    if (drawn === "failed") return void (await store.finishRuns([outcome], TERMS));
    const cartridgePath = join(folder, drawn.key);
    if (again === "new") {
      writeFileSync(cartridgePath, "picture");
      files.push(drawn);
    }
    drawn.last = runId;
    const saved = again === "new" && { fingerprint: drawn.key, cartridgeBytes: 7 };
    await store.finishRuns([{ ...outcome, cartridgePath, ...saved }], TERMS);
    clock.advance(DAY);
  }

  /** Gives up files, which must be the given ones, and forgets them. */
  async function giveUp(
    rules: Omit<Parameters<ScriptStore["giveUpCartridges"]>[0], "folder">,
    expected: readonly Drawn[],
  ): Promise<void> {
    const names: string[] = [];
    for (;;) {
      const { paths, isDone } = await store.giveUpCartridges({ folder, ...rules });
      for (const file of paths) rmSync(file);
      names.push(...paths.map((file) => basename(file)));
      if (isDone) break;
    }
    for (const name of names) {
      files.splice(
        files.findIndex(({ key }) => key === name),
        1,
      );
    }
    expect(names.sort()).toEqual(expected.map(({ key }) => key).sort());
  }

  const isNamed = ({ key }: Drawn): boolean =>
    rows(path, "SELECT cartridge_path FROM improvement_runs WHERE cartridge_path IS NOT NULL").some((row) =>
      (row as { cartridge_path: string }).cartridge_path.endsWith(`/${key}`),
    );
  const filesOf = (script: RowId): Drawn[] =>
    files.filter((file) => file.script === script).sort((a, b) => b.last - a.last);

  async function expectAllToMatch(scripts: readonly RowId[]): Promise<void> {
    const listed = await store.listCartridges();
    const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1);
    expect(
      listed.map(({ key, lastRunId, isUsed }) => ({ key, last: lastRunId, isUsed })).sort(byKey),
    ).toEqual(files.map((file) => ({ key: file.key, last: file.last, isUsed: isNamed(file) })).sort(byKey));
    const unused = await store.listCartridges({ unused: true });
    expect(unused).toEqual(listed.filter((file) => !file.isUsed));
    expect(readdirSync(folder).sort()).toEqual(files.map(({ key }) => key).sort());
    expect(await store.findOrphans(folder, readdirSync(folder))).toEqual([]);
    for (const script of scripts) {
      const pictures = await store.listPictures(script, 3);
      expect(pictures.map(({ key, lastRunId }) => [key, lastRunId])).toEqual(
        filesOf(script)
          .slice(0, 3)
          .map(({ key, last }) => [key, last]),
      );
    }
  }

  return { clock, store, path, folder, files, filesOf, record, giveUp, isNamed, expectAllToMatch };
}

test.each([1, 2, 3, 4, 5, 6])("random histories; seed %i", { timeout: 30_000 }, async (seed) => {
  const random = new SeededRandom(seed);
  const { store, path, files, filesOf, record, giveUp, isNamed, expectAllToMatch } = await setUp();
  let names = 0;
  const add = async (): Promise<{ id: RowId; name: string }> =>
    store.addScript({ name: `script ${names++}`, lang: "pixel", code: "HALT" });
  const scripts = [await add(), await add(), await add()];
  for (let step = 0; step < 60; step++) {
    const at = random.below(scripts.length);
    const { id, name } = scripts[at] ?? { id: 0, name: "" };
    const known = filesOf(id);
    const kind = random.below(20);
    if (kind < 3 || (kind < 12 && known.length === 0)) {
      await record(id, "new");
    } else if (kind < 12) {
      // Most often the newest one again, which writes no row of the file.
      await record(id, known[random.below(4) > 0 ? 0 : random.below(known.length)] ?? "new");
    } else if (kind < 13) {
      await record(id, "failed");
    } else if (kind < 15) {
      await store.pruneRuns({ keep: 1 + random.below(3) });
    } else if (kind === 15 && random.below(2) === 0) {
      asOtherTool(path, (database) =>
        database.exec("DELETE FROM improvement_runs WHERE id = (SELECT max(id) FROM improvement_runs)"),
      );
    } else if (kind < 16) {
      const renamed = `script ${names++}`;
      await store.renameScript(name, renamed);
      scripts[at] = { id, name: renamed };
    } else if (kind < 17) {
      const keep = 1 + random.below(3);
      const expected = scripts.flatMap((script) => filesOf(script.id).slice(keep));
      const ofRemoved = files.filter((file) => !scripts.some((script) => script.id === file.script));
      const removed = new Set(ofRemoved.map((file) => file.script));
      for (const script of removed) expected.push(...filesOf(script).slice(keep));
      await giveUp({ keep }, expected);
    } else if (kind < 18) {
      await giveUp(
        { keep: 0, unused: true },
        files.filter((file) => !isNamed(file)),
      );
    } else if (kind < 19) {
      await store.removeScript(name);
      scripts[at] = await add();
    } else {
      // Another tool replaces or removes the script, and leaves its runs.
      const isReplaced = random.below(2) === 0;
      asOtherTool(path, (database) => {
        const sql = isReplaced
          ? "INSERT OR REPLACE INTO improvement_scripts (id, name, lang, code) VALUES (?, ?, 'pixel', 'CLR')"
          : "DELETE FROM improvement_scripts WHERE id = ? AND name = ?";
        database.prepare(sql).run(id, name);
      });
      if (!isReplaced) scripts[at] = await add();
    }
    await expectAllToMatch(scripts.map((script) => script.id));
  }
});

test("a run of another script, or one of a script that is gone, also counts as the last one", async () => {
  const { store, path, files, record, expectAllToMatch } = await setUp();
  const one = await store.addScript({ name: "one", lang: "pixel", code: "HALT" });
  const other = await store.addScript({ name: "other", lang: "pixel", code: "HALT" });
  await record(one.id, "new");
  const [file] = files;
  if (!file) throw new Error("expected a file, got none");
  for (const script of [one, other, one, one, other]) {
    await record(script.id, file);
    await expectAllToMatch([one.id, other.id]);
  }
  const [run] = await store.claimScripts([Number(one.id)], TERMS);
  asOtherTool(path, (database) => database.exec("DELETE FROM improvement_scripts WHERE name = 'one'"));
  const runId = run?.runId ?? 0;
  const cartridgePath = rows(path, "SELECT cartridge_path FROM improvement_runs WHERE id = 1") as [
    { cartridge_path: string },
  ];
  const outcome = { runId, success: true, stdout: "", stderr: "", durationMs: 1 };
  await store.finishRuns([{ ...outcome, cartridgePath: cartridgePath[0].cartridge_path }], TERMS);
  file.last = runId;
  await expectAllToMatch([other.id]);
});

test("a folder elsewhere, a name of another form and a number that is taken get rows of their own", async () => {
  const { store, path, folder, record, files } = await setUp();
  const { id } = await store.addScript({ name: "one", lang: "pixel", code: "HALT" });
  await record(id, "new");
  const [{ key } = { key: "" }] = files;
  const finish = async (cartridgePath: string): Promise<void> => {
    const [run] = await store.claimScripts([Number(id)], TERMS);
    const outcome = { runId: run?.runId ?? 0, success: true, stdout: "", stderr: "", durationMs: 1 };
    await store.finishRuns([{ ...outcome, cartridgePath }], TERMS);
  };
  for (const name of [`${folder}/../other/${key}`, `${folder}/drawn.png`, `${folder}/a_1_-1.png`]) {
    for (let again = 0; again < 3; again++) await finish(name);
  }
  // Another tool has removed all runs, and SQLite counts from 1 again.
  asOtherTool(path, (database) => database.exec("DELETE FROM improvement_runs; DELETE FROM sqlite_sequence"));
  await finish(`${folder}/b_1_1.png`);
  await finish(`${folder}/b_1_1.png`);
  await finish(`${folder}/${key}`);
  const listed = await store.listCartridges();
  expect(
    listed.map((file) => [basename(file.root ?? ""), file.key, file.firstRunId, file.lastRunId]),
  ).toEqual([
    ["other", key, 2, 4],
    ["cartridges", "drawn.png", 5, 7],
    ["cartridges", "a_1_-1.png", 8, 10],
    ["cartridges", "b_1_1.png", 1, 2],
    ["cartridges", key, 1, 3],
  ]);
  // The copy elsewhere counts as used, because the new third run names a file of that name.
  expect(listed.map((file) => file.isUsed)).toEqual([true, false, false, true, true]);
  // Again, once the file of the first run is gone.
  const restart =
    "DELETE FROM improvement_runs; DELETE FROM sqlite_sequence; DELETE FROM cartridges WHERE id = 1";
  asOtherTool(path, (database) => database.exec(restart));
  await finish(`${folder}/b_1_1.png`);
  const named = (await store.listCartridges()).filter((file) => file.key === "b_1_1.png");
  expect(named).toMatchObject([{ lastRunId: 1, isUsed: true }]);
});

test("a file that was given up leaves its last run to no later file with its id", async () => {
  const { store, folder, files, record, giveUp, expectAllToMatch } = await setUp();
  const { id } = await store.addScript({ name: "one", lang: "pixel", code: "HALT" });
  const copy = (number: number): Drawn => {
    const file = { script: id, key: `a_1_${number}.png`, last: 0 };
    writeFileSync(join(folder, file.key), "picture");
    files.push(file);
    return file;
  };
  const first = copy(901);
  for (let again = 0; again < 3; again++) await record(id, first);
  await record(id, "new");
  await giveUp({ keep: 1 }, [first]);
  await record(id, copy(902));
  await expectAllToMatch([id]);
});

test("a file that only a run in the middle names is in use", async () => {
  const { store, path, files, record, expectAllToMatch } = await setUp();
  const { id } = await store.addScript({ name: "one", lang: "pixel", code: "HALT" });
  await record(id, "new");
  for (let again = 0; again < 3; again++) await record(id, files[0] ?? "new");
  asOtherTool(path, (database) => database.exec("DELETE FROM improvement_runs WHERE id <> 3"));
  await expectAllToMatch([id]);
});
