import { decodeCartridge } from "@gvpie/cartridge";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startDaemonProcess } from "./kit/processes.ts";
import { expectCountersToMatch, openTestStore, rows, temporaryFolder, until } from "./support.ts";

const KILLS = Number(process.env["GVPIE_KILLS"] ?? 12);

interface RunRow {
  readonly id: number;
  readonly success: number;
  readonly stderr: string;
  readonly cartridge_path: string | null;
}

test(
  `the daemon killed ${KILLS} times at any moment: no run or cartridge lost, no run counted twice`,
  { timeout: 30_000 + KILLS * 2_000 },
  async () => {
    const { store, path } = await openTestStore();
    const folder = join(temporaryFolder(), "cartridges");
    for (let i = 0; i < 20; i++)
      await store.addScript({ name: `script ${i}`, lang: "pixel", code: `TXT 1 1 ${i}` });
    // Every run writes a file, so that a kill can fall between any two steps of saving and recording.
    const options = { save: "always", intervalMs: 5, concurrency: 4, leaseMs: 300 } as const;
    const reported = new Map<number, string>();

    for (let kill = 0; kill < KILLS; kill++) {
      const daemon = await startDaemonProcess(path, folder, options);
      await sleep(20 + ((kill * 37) % 180));
      await daemon.kill("SIGKILL");
      for (const run of daemon.reports) reported.set(run.runId, run.cartridgePath ?? "");
      expectCountersToMatch(path);
    }

    const open = "SELECT id FROM improvement_runs WHERE finished_at IS NULL";
    const leftOpen = new Set((rows(path, open) as RunRow[]).map((run) => run.id));
    const last = await startDaemonProcess(path, folder, options);
    await until(() => (rows(path, open) as RunRow[]).every((run) => !leftOpen.has(run.id)));
    await last.reported(60);
    expect(await last.kill("SIGTERM")).toBe(0);
    for (const run of last.reports) reported.set(run.runId, run.cartridgePath ?? "");

    expectCountersToMatch(path);
    const runs = rows(
      path,
      "SELECT id, success, stderr, cartridge_path FROM improvement_runs ORDER BY id",
    ) as RunRow[];
    // Ids are counted without gaps: no row has gone, and none is open.
    expect(runs.map((run) => run.id)).toEqual(Array.from(runs, (_, index) => index + 1));
    expect(rows(path, open)).toEqual([]);
    const files = new Set(readdirSync(folder));
    const unsound = runs.filter((run) =>
      run.success === 1
        ? !files.has(basename(run.cartridge_path ?? ""))
        : !run.stderr.startsWith("RUN_LOST: "),
    );
    expect(unsound).toEqual([]);
    const recorded = new Map(runs.map((run) => [run.id, run.success === 1 ? run.cartridge_path : ""]));
    expect([...reported].filter(([id, cartridge]) => recorded.get(id) !== cartridge)).toEqual([]);
    expect(runs.filter((run) => run.success === 0).length).toBeGreaterThan(0);
    expect([...files].filter((name) => !name.endsWith(".png"))).toEqual([]);
    for (const name of files) await decodeCartridge(readFileSync(join(folder, name)));
  },
);

test("two loops on one store: no run is claimed twice", { timeout: 60_000 }, async () => {
  const { store, path } = await openTestStore();
  for (let i = 0; i < 25; i++)
    await store.addScript({ name: `script ${i}`, lang: "pixel", code: `TXT 1 1 ${i}` });
  const folder = join(temporaryFolder(), "cartridges");
  const options = { intervalMs: 1, concurrency: 8 } as const;
  const loops = await Promise.all([
    startDaemonProcess(path, folder, options),
    startDaemonProcess(path, folder, options),
  ]);
  await Promise.all(loops.map((loop) => loop.reported(1_000)));
  expect(await Promise.all(loops.map((loop) => loop.kill("SIGTERM")))).toEqual([0, 0]);

  const reports = loops.flatMap((loop) => loop.reports);
  expect(reports.length).toBeGreaterThanOrEqual(2_000);
  expect(reports.every((run) => run.success)).toBe(true);
  expect(new Set(reports.map((run) => run.runId)).size).toBe(reports.length);
  expectCountersToMatch(path);
  expect(rows(path, "SELECT count(*) AS runs FROM improvement_runs")).toEqual([{ runs: reports.length }]);
  // Runs of one script never overlap: each starts when the one before it has finished.
  const overlaps = `SELECT id FROM (SELECT id, started_at, lag(finished_at) OVER (PARTITION BY script_id ORDER BY id) AS before
    FROM improvement_runs) WHERE started_at < before`;
  expect(rows(path, overlaps)).toEqual([]);
  expect(readdirSync(folder)).toHaveLength(25);
});
