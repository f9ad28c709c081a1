import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { newSeed } from "../../fuzz/random.ts";
import { soak } from "../soak.ts";

test("half a minute of work and deaths breaks no promise", { timeout: 600_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "gvpie-soak-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const seed = newSeed();
  const { violations, requests, runs, deaths, lostRuns } = await soak({
    minutes: 0.5,
    seed,
    logPath: join(folder, "soak.jsonl"),
  });
  const died = deaths.reduce((sum, { kills, terminations }) => sum + kills + terminations, 0);
  console.log(
    `Soak, seed ${seed}: ${died} deaths, ${runs} runs, ${lostRuns} of them lost and run again,`,
    `${requests.spool.right} spool requests, ${requests.slot.right} slot commands, ${requests.ping.right} pings`,
  );
  // On a machine that is loaded an old client gives up by the clock.
  expect(violations.filter((violation) => !/^slot .* lost after/.test(violation))).toEqual([]);
  expect(died).toBeGreaterThan(0);
  expect(runs).toBeGreaterThan(0);
  expect(requests.spool.right).toBeGreaterThan(0);
});
