import { readCartridgeMetadata, verifyCartridge } from "@gvpie/cartridge";
import { createDaemon, createPixelRunner, type DaemonEvent } from "@gvpie/daemon";
import { createCpuRasterizer, renderProgram } from "@gvpie/raster-cpu";
import { waitUntil } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { newOwnedName } from "../src/owned-names.ts";
import { saveHostileNames } from "./support/hostile-names.ts";
import { openTestStore, rows, TERMS } from "./support/test-store.ts";

const pixel = createPixelRunner({ rasterizer: createCpuRasterizer() });

test("a large picture is hashed and encoded beside the loop", async () => {
  const { store } = await openTestStore();
  const cartridges = temporaryDirectory();
  const options = { width: 4096, height: 4096 };
  await store.addScript({ name: "large", lang: "pixel", code: "CIRCLE 2000 2000 900", options });
  let turns = 0;
  const runner = {
    async run(...args: Parameters<typeof pixel.run>) {
      const drawn = await pixel.run(...args);
      const timer = setInterval(() => turns++, 1);
      onTestFinished(() => clearInterval(timer));
      return drawn;
    },
  };
  const loop = { store, cartridges, runners: { pixel: runner } };
  const [report] = await createDaemon(loop).runOnce();
  // On the thread of the loop it would be about ten.
  expect(turns).toBeGreaterThan(50);
  const bytes = readFileSync(report?.cartridgePath ?? "");
  expect((await verifyCartridge(bytes, { render: renderProgram })).status).toBe("verified");
  const [again] = await createDaemon(loop).runOnce();
  expect(again).toMatchObject({ success: true, isNewCartridge: false, cartridgePath: report?.cartridgePath });
});

test("a folder that must exist is not created when it vanishes, and the runs go on when it is back", async () => {
  const { store } = await openTestStore();
  const cartridges = join(temporaryDirectory(), "volume");
  await store.addScript({ name: "a", lang: "pixel", code: "HALT" });
  const loop = { store, cartridges, create: false, runners: { pixel } };
  const [missing] = await createDaemon(loop).runOnce();
  expect(missing?.stderr).toBe(
    `CARTRIDGE_NO_FOLDER: expected a directory for cartridges at ${cartridges}, got nothing: mount its volume, or create it`,
  );
  expect(existsSync(cartridges)).toBe(false);
  mkdirSync(cartridges);
  expect(await createDaemon(loop).runOnce()).toMatchObject([{ success: true }]);
});

describe("names", () => {
  test(
    "saves cartridges of 1,000 hostile script names inside the folder, each under its own name",
    { timeout: 120_000 },
    async () => {
      expect(await saveHostileNames(1_000)).toEqual({
        names: 1_000,
        saved: 1_000,
        unique: 1_000,
        unsafe: [],
        outside: [],
      });
    },
  );

  test("does not overwrite a file of the same name", async () => {
    const { store } = await openTestStore();
    const folder = temporaryDirectory();
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

  test("creates the folder again if it was removed", async () => {
    const { store } = await openTestStore();
    const folder = join(temporaryDirectory(), "cartridges");
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

test("a cartridge records the limits that its program needs beyond those of a verification", async () => {
  const { store } = await openTestStore();
  const code = "SET i 0\nl:\nRECT 0 0 128 64\nADD i 1\nIF i < 9000 l\n";
  await store.addScript({ name: "heavy", lang: "pixel", code });
  const folder = temporaryDirectory();
  const [run] = await createDaemon({ store, cartridges: folder, runners: { pixel } }).runOnce();
  const { gvpie } = readCartridgeMetadata(readFileSync(run?.cartridgePath ?? ""));
  expect(gvpie?.limits).toEqual({ paintedPixels: 135_200_768 });
});

describe("the sweep", () => {
  test("removes staging files of dead processes, reports orphans, and touches no other file", async () => {
    const { store, path } = await openTestStore();
    const folder = temporaryDirectory();
    await store.addScript({ name: "a", lang: "pixel", code: "TXT 1 1 a" });
    const [named] = await createDaemon({ store, cartridges: folder, runners: { pixel } }).runOnce();
    const [unfinished] = await store.claimScripts([2], TERMS);

    const dead = spawnSync(process.execPath, ["-e", "console.log(process.pid)"], {
      encoding: "utf8",
    }).stdout.trim();
    const staging = {
      dead: `.gvpie-staging-${dead}-1-1`,
      // The pid of this process, but the start time of another.
      reused: `.gvpie-staging-${process.pid}-1-1`,
      alive: newOwnedName(".gvpie-staging-"),
    };
    const others = ["notes.txt", "picture.png", ".gvpie-staging-", `${staging.dead}.bak`, `x${staging.dead}`];
    const orphans = ["a_1700000000000_999.png", "a_1700000000000_1.png"];
    const open = `a_1700000000000_${unfinished?.runId}.png`;
    for (const name of [...Object.values(staging), ...others, ...orphans, open]) {
      writeFileSync(join(folder, name), "x");
    }
    const target = join(temporaryDirectory(), "victim");
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
    await waitUntil(() => events.length === 5);
    await daemon.close();
    await ended;

    const reported = events.map((event) => `${event.type} ${basename(String(event.fields["path"]))}`).sort();
    expect(reported).toEqual(
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

  test("reports twenty orphans one by one and counts the rest", async () => {
    const { store } = await openTestStore();
    const folder = temporaryDirectory();
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

  test("creates cartridges with the permissions of the umask", async () => {
    const { store } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "TXT 1 1 a" });
    const [report] = await createDaemon({
      store,
      cartridges: temporaryDirectory(),
      runners: { pixel },
    }).runOnce();
    expect(statSync(report?.cartridgePath ?? "").mode & 0o777).toBe(0o666 & ~process.umask());
  });
});
