import { createDaemon, createPixelRunner, type DaemonEvent } from "@gvpie/daemon";
import { createCpuRasterizer } from "@gvpie/raster-cpu";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { newOwnedName } from "../src/owned-names.ts";
import { saveHostileNames } from "./kit/hostile-names.ts";
import { openTestStore, rows, temporaryFolder, TERMS, until } from "./support.ts";

const pixel = createPixelRunner({ rasterizer: createCpuRasterizer() });

describe("names", () => {
  test(
    "1,000 hostile script names: every cartridge inside the folder, each with a name of its own",
    { timeout: 120_000 },
    async () => {
      expect(await saveHostileNames(1_000)).toEqual({
        names: 1_000,
        saved: 1_000,
        unique: 1_000,
        unsafe: [],
        astray: [],
      });
    },
  );

  test("a name that is taken is left alone", async () => {
    const { store } = await openTestStore();
    const folder = temporaryFolder();
    await store.addScript({ name: "a", lang: "pixel", code: "TXT 1 1 a" });
    let taken = "";
    const runner = {
      async run(...args: Parameters<typeof pixel.run>) {
        const startedAt = Date.parse((await store.getRun(1))?.startedAt ?? "");
        taken = join(folder, `a_${startedAt}_1.png`);
        symlinkSync("/nowhere", taken);
        return pixel.run(...args);
      },
    };
    const [report] = await createDaemon({ store, cartridges: folder, runners: { pixel: runner } }).runOnce();
    expect(report?.cartridgePath).not.toBe(taken);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test("a folder that vanishes is made again", async () => {
    const { store } = await openTestStore();
    const folder = join(temporaryFolder(), "cartridges");
    for (const name of ["a", "b"]) await store.addScript({ name, lang: "pixel", code: `TXT 1 1 ${name}` });
    const onRun = (): void => rmSync(folder, { recursive: true });
    const reports = await createDaemon({
      store,
      cartridges: folder,
      runners: { pixel },
      concurrency: 1,
      onRun,
    }).runOnce();
    expect(reports.map((run) => run.stderr)).toEqual(["", ""]);
  });
});

describe("the sweep", () => {
  test("removes what dead processes were writing, reports orphans, and touches nothing else", async () => {
    const { store, path } = await openTestStore();
    const folder = temporaryFolder();
    await store.addScript({ name: "a", lang: "pixel", code: "TXT 1 1 a" });
    const [named] = await createDaemon({ store, cartridges: folder, runners: { pixel } }).runOnce();
    const [unfinished] = await store.claimScripts([2], TERMS);

    const dead = spawnSync(process.execPath, ["-e", "console.log(process.pid)"], {
      encoding: "utf8",
    }).stdout.trim();
    const staging = {
      dead: `.gvpie-staging-${dead}-1-1`,
      // The pid is ours, but the process that had it then started at another time.
      reused: `.gvpie-staging-${process.pid}-1-1`,
      alive: newOwnedName(".gvpie-staging-"),
    };
    const others = ["notes.txt", "picture.png", ".gvpie-staging-", `${staging.dead}.bak`, `x${staging.dead}`];
    const orphans = ["a_1700000000000_999.png", "a_1700000000000_1.png"];
    const open = `a_1700000000000_${unfinished?.runId}.png`;
    for (const name of [...Object.values(staging), ...others, ...orphans, open])
      writeFileSync(join(folder, name), "x");
    const target = join(temporaryFolder(), "victim");
    writeFileSync(target, "untouched");
    symlinkSync(target, join(folder, `.gvpie-staging-${dead}-1-2`));
    mkdirSync(join(folder, "folder"));

    const events: DaemonEvent[] = [];
    const daemon = createDaemon({
      store,
      cartridges: folder,
      runners: {},
      onEvent: (event) => events.push(event),
    });
    const ended = daemon.run();
    await store.updateScript("a", { enabled: false });
    await until(() => events.length === 5);
    await daemon.close();
    await ended;

    const told = events.map((event) => `${event.type} ${basename(String(event.fields["path"]))}`).sort();
    expect(told).toEqual(
      [
        `swept ${staging.dead}`,
        `swept ${staging.reused}`,
        `swept .gvpie-staging-${dead}-1-2`,
        ...orphans.map((name) => `orphan ${name}`),
      ].sort(),
    );
    const kept = [staging.alive, ...others, ...orphans, open, "folder", basename(named?.cartridgePath ?? "")];
    expect(readdirSync(folder).sort()).toEqual(kept.sort());
    expect(readFileSync(target, "utf8")).toBe("untouched");
    expect(rows(path, "SELECT count(*) AS runs FROM improvement_runs")).toEqual([{ runs: 2 }]);
  });

  test("names twenty orphans and counts the rest", async () => {
    const { store } = await openTestStore();
    const folder = temporaryFolder();
    for (let i = 0; i < 25; i++) writeFileSync(join(folder, `a_1_${i}.png`), "");
    const events: DaemonEvent[] = [];
    await createDaemon({
      store,
      cartridges: folder,
      runners: {},
      onEvent: (event) => events.push(event),
    }).runOnce();
    expect(events).toHaveLength(21);
    expect(events.at(-1)).toMatchObject({ message: "5 more orphaned cartridges" });
    expect(readdirSync(folder)).toHaveLength(25);
  });

  test("what is saved may be read by others, as the umask says", async () => {
    const { store } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "TXT 1 1 a" });
    const [report] = await createDaemon({
      store,
      cartridges: temporaryFolder(),
      runners: { pixel },
    }).runOnce();
    expect(statSync(report?.cartridgePath ?? "").mode & 0o777).toBe(0o666 & ~process.umask());
  });
});
