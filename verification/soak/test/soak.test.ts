import { newSeed } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { join } from "node:path";
import { expect, test } from "vitest";
import { soak } from "../soak.ts";

test("half a minute of work and kills causes no violation", { timeout: 600_000 }, async () => {
  const seed = newSeed();
  const { violations, requests, runs, restarts, lostRuns } = await soak({
    minutes: 0.5,
    seed,
    logPath: join(temporaryDirectory({ prefix: "gvpie-soak-log-" }), "soak.jsonl"),
  });
  const ends = restarts.reduce((sum, { kills, terminations }) => sum + kills + terminations, 0);
  console.log(
    `Soak, seed ${seed}: ${ends} restarts, ${runs} runs, ${lostRuns} of them lost and run again,`,
    `${requests.spool.right} spool requests, ${requests.slot.right} slot commands, ${requests.ping.right} pings`,
  );
  // On a loaded machine an old client may time out.
  expect(violations.filter((violation) => !/^slot .* lost after/.test(violation))).toEqual([]);
  expect(ends).toBeGreaterThan(0);
  expect(runs).toBeGreaterThan(0);
  expect(requests.spool.right).toBeGreaterThan(0);
});
