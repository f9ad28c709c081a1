import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { describe, expect, test } from "vitest";
import { serve } from "../../gvpie-daemon/test/daemon.ts";
import { allRuns, makePlace, placeWith, type Place } from "./loop.ts";

const BOX = { name: "box", lang: "pixel", code: "RECT 1 1 5 5\n" } as const;
const PATIENCE_MS = 60_000;

async function untilRuns(place: Place, count: number): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const finished = (await allRuns(place)).filter((run) => run.finishedAt !== undefined);
    if (finished.length >= count) return;
    await sleep(50);
  }
  throw new Error(`fewer than ${count} runs`);
}

describe("the loop", () => {
  test("runs scripts again and again, and a new one at once", async () => {
    const place = await placeWith(BOX);
    const loop = place.start("--interval", "0.1");
    await untilRuns(place, 3);
    await place.withStore((store) => store.addScript({ name: "late", lang: "pixel", code: "HALT" }));
    const added = performance.now();
    while (!(await allRuns(place)).some((run) => run.scriptName === "late" && run.success)) {
      expect(performance.now() - added).toBeLessThan(PATIENCE_MS);
      await sleep(20);
    }
    loop.child.kill("SIGTERM");
    const { code, stderr } = await loop.ended;
    expect(code).toBe(0);
    expect(stderr).toContain("SIGTERM: finishing the runs in progress");
    expect(stderr).toContain("stopped");
  });

  test("waits for a renderer, and a renderer that comes back is used", async () => {
    const place = makePlace();
    const loop = place.start("--interval", "0.2");
    await loop.says("running the scripts of db/daemon.db");
    await sleep(500);
    const first = await serve(place.shared);
    await untilRuns(place, 2);
    first.child.kill("SIGKILL");
    await first.ended;
    await serve(place.shared);
    const before = (await allRuns(place)).length;
    await untilRuns(place, before + 2);
    loop.child.kill("SIGINT");
    expect(await loop.ended).toMatchObject({ code: 0 });
    const failed = (await allRuns(place)).filter((run) => run.success === false);
    expect(failed.map((run) => run.stderr)).toEqual([]);
  });

  // A machine that is busy with other things may need more than one try.
  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s ends it within two seconds, whatever it does",
    { retry: 3 },
    async (signal) => {
      const heavy = "RECT 0 0 4096 4096\n".repeat(60);
      const options = { width: 4096, height: 4096 };
      const place = await placeWith(
        { name: "heavy", lang: "pixel", code: heavy, options },
        { name: "waiting", lang: "gvpie", code: "HALT" },
      );
      const loop = place.start("--interval", "0", "--save", "always");
      await loop.says("running the scripts");
      await sleep(400);
      const asked = performance.now();
      loop.child.kill(signal);
      loop.child.kill(signal);
      expect(await loop.ended).toMatchObject({ code: 0 });
      expect(performance.now() - asked).toBeLessThan(2_000);
      for (const run of await allRuns(place)) expect(run.finishedAt).toBeDefined();
    },
  );

  test("a reader of stdout that goes away loses lines, not runs", async () => {
    const place = await placeWith(BOX);
    const loop = place.start("--interval", "0.05");
    loop.child.stdout?.destroy();
    await untilRuns(place, 5);
    expect(loop.child.exitCode).toBeNull();
  });
});

test(
  "kill -9 at any moment, then a restart: no run or cartridge is lost or counted twice",
  { timeout: 120_000 },
  async () => {
    const place = await placeWith(
      // More than all that died can hold, until their leases expire.
      ...Array.from({ length: 40 }, (_, i) => ({
        name: `box_${i}`,
        lang: "pixel" as const,
        code: `RECT ${i} 1 5 5\n`,
      })),
      { name: "hello", lang: "gvpie" as const, code: "TXT 1 1 hi\n" },
    );
    let renderer = await serve(place.shared);
    for (let kills = 0; kills < 6; kills += 1) {
      const loop = place.start("--interval", "0", "--save", "always");
      // Some runs later, at a moment that differs each time.
      await untilRuns(place, 4 * (kills + 1));
      await sleep((53 * kills) % 90);
      if (kills % 2 === 1) {
        renderer.child.kill("SIGKILL");
        await renderer.ended;
        renderer = await serve(place.shared);
      }
      loop.child.kill("SIGKILL");
      await loop.ended;
    }
    const runs = await allRuns(place);
    const finished = runs.filter((run) => run.finishedAt !== undefined);
    expect(finished.length).toBeGreaterThanOrEqual(4 * 6);
    const scripts = await place.withStore((store) => store.listScripts());
    for (const script of scripts) {
      const mine = finished.filter((run) => run.scriptId === script.id);
      expect(script.runCount).toBe(mine.length);
      expect(script.successCount).toBe(mine.filter((run) => run.success).length);
    }
    const folder = join(place.cwd, "cartridges");
    const files = new Set(readdirSync(folder));
    for (const { cartridgePath = "" } of finished.filter((run) => run.success)) {
      const name = cartridgePath.replace("cartridges/", "");
      expect(files.has(name)).toBe(true);
      const { status } = await verifyCartridge(readFileSync(join(folder, name)), {
        render: (p, o) => renderProgram(p, o),
      });
      expect(status).toBe("verified");
    }
    // What was in hand when the process died is recorded as failed, once, when its lease has expired.
    expect(runs.length - finished.length).toBeLessThanOrEqual(6 * 4);
  },
);
