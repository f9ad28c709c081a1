import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { waitUntil } from "@gvpie/testing";
import { describe, expect, test } from "vitest";
import { createWorkspace, workspaceWith, type Workspace } from "./support/workspace.ts";

const BOX = { name: "box", lang: "pixel", code: "RECT 1 1 5 5\n" } as const;
async function untilRuns(workspace: Workspace, count: number): Promise<void> {
  const isReached = async () =>
    (await workspace.allRuns()).filter((run) => run.finishedAt !== undefined).length >= count;
  await waitUntil(isReached, { intervalMs: 50 });
}

describe("the loop", () => {
  test("runs scripts periodically, and a new script at once", async () => {
    const workspace = await workspaceWith(BOX);
    const loop = workspace.start("--interval", "0.1");
    await untilRuns(workspace, 3);
    await workspace.withStore((store) => store.addScript({ name: "late", lang: "pixel", code: "HALT" }));
    await waitUntil(async () =>
      (await workspace.allRuns()).some((run) => run.scriptName === "late" && run.success === true),
    );
    loop.signal("SIGTERM");
    const { status, stderr } = await loop.result();
    expect(status).toBe(0);
    expect(stderr).toContain("SIGTERM: finishing the runs in progress");
    expect(stderr).toContain("stopped");
  });

  test("waits for a renderer, and uses one that was restarted", async () => {
    const workspace = createWorkspace();
    const loop = workspace.start("--interval", "0.2");
    await loop.waitForLine("running the scripts of db/daemon.db");
    await sleep(500);
    const first = await workspace.startRenderer();
    await untilRuns(workspace, 2);
    await first.kill();
    await workspace.startRenderer();
    const before = (await workspace.allRuns()).length;
    await untilRuns(workspace, before + 2);
    expect(await loop.kill("SIGINT")).toBe(0);
    const failed = (await workspace.allRuns()).filter((run) => run.success === false);
    expect(failed.map((run) => run.stderr)).toEqual([]);
  });

  test("a run that waits for a stopped renderer takes no slot from the other scripts", async () => {
    const workspace = await workspaceWith(BOX, { name: "hello", lang: "gvpie", code: "TXT 1 1 hi\n" });
    const renderer = await workspace.startRenderer();
    renderer.signal("SIGSTOP");
    const loop = workspace.start("--interval", "0.1", "--concurrency", "1");
    const runsOf = async (name: string) =>
      (await workspace.allRuns()).filter((run) => run.scriptName === name && run.finishedAt !== undefined);
    await loop.waitForLine("no renderer answers: gvpie scripts wait for one");
    const before = (await runsOf("box")).length;
    await untilRuns(workspace, before + 5);
    expect(await runsOf("hello")).toEqual([]);
    renderer.signal("SIGCONT");
    await waitUntil(async () => (await runsOf("hello")).length >= 3);
    expect(await loop.kill("SIGTERM")).toBe(0);
    // The reply to the waiting run counts once, and the run is not timed by its wait.
    const hello = await runsOf("hello");
    const script = await workspace.withStore((store) => store.getScript("hello"));
    expect([script.runCount, script.successCount]).toEqual([
      hello.length,
      hello.filter((run) => run.success).length,
    ]);
    expect(hello[0]?.stderr).toBe("");
  });

  // A busy machine may need more than one try.
  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s ends it within two seconds while scripts run",
    { retry: 3 },
    async (signal) => {
      const costly = "RECT 0 0 4096 4096\n".repeat(60);
      const options = { width: 4096, height: 4096 };
      const workspace = await workspaceWith(
        { name: "costly", lang: "pixel", code: costly, options },
        { name: "waiting", lang: "gvpie", code: "HALT" },
      );
      const loop = workspace.start("--interval", "0", "--save", "always");
      await loop.waitForLine("running the scripts");
      await sleep(400);
      const signalledAt = performance.now();
      loop.signal(signal);
      loop.signal(signal);
      expect(await loop.result()).toMatchObject({ status: 0 });
      expect(performance.now() - signalledAt).toBeLessThan(2_000);
      for (const run of await workspace.allRuns()) expect(run.finishedAt).toBeDefined();
    },
  );

  test("goes on running scripts when the reader of stdout closes it", async () => {
    const workspace = await workspaceWith(BOX);
    const loop = workspace.start("--interval", "0.05");
    loop.child.stdout?.destroy();
    await untilRuns(workspace, 5);
    expect(loop.child.exitCode).toBeNull();
  });
});

test(
  "loses no run or cartridge, and counts none twice, when it is killed and restarted",
  { timeout: 120_000 },
  async () => {
    const workspace = await workspaceWith(
      // More scripts than the killed processes can hold leases on.
      ...Array.from({ length: 40 }, (_, i) => ({
        name: `box_${i}`,
        lang: "pixel" as const,
        code: `RECT ${i} 1 5 5\n`,
      })),
      { name: "hello", lang: "gvpie" as const, code: "TXT 1 1 hi\n" },
    );
    let renderer = await workspace.startRenderer();
    for (let kills = 0; kills < 6; kills += 1) {
      const loop = workspace.start("--interval", "0", "--save", "always");
      // At a different moment in each round.
      await untilRuns(workspace, 4 * (kills + 1));
      await sleep((53 * kills) % 90);
      if (kills % 2 === 1) {
        await renderer.kill();
        renderer = await workspace.startRenderer();
      }
      await loop.kill();
    }
    const runs = await workspace.allRuns();
    const finished = runs.filter((run) => run.finishedAt !== undefined);
    expect(finished.length).toBeGreaterThanOrEqual(4 * 6);
    const scripts = await workspace.withStore((store) => store.listScripts());
    for (const script of scripts) {
      const mine = finished.filter((run) => run.scriptId === script.id);
      expect(script.runCount).toBe(mine.length);
      expect(script.successCount).toBe(mine.filter((run) => run.success).length);
    }
    const folder = join(workspace.cwd, "cartridges");
    const files = new Set(readdirSync(folder));
    for (const { cartridgePath = "" } of finished.filter((run) => run.success)) {
      const name = cartridgePath.replace("cartridges/", "");
      expect(files.has(name)).toBe(true);
      const { status } = await verifyCartridge(readFileSync(join(folder, name)), {
        render: (p, o) => renderProgram(p, o),
      });
      expect(status).toBe("verified");
    }
    // Runs in progress at a kill have no end yet: they are recorded as failed when their leases expire.
    expect(runs.length - finished.length).toBeLessThanOrEqual(6 * 4);
  },
);
