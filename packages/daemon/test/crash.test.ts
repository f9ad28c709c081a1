import { failpointNames } from "@gvpie/testing";
import { expect, test } from "vitest";
import { isOfCommand, killAnywhere, killAtFailpoints, killOpening } from "./support/crashes.ts";
import { runTwoLoops } from "./support/two-loops.ts";
import { fromFixture } from "./support/test-store.ts";

const KILLS = Number(process.env["GVPIE_KILLS"] ?? 6);
const ROUNDS = Number(process.env["GVPIE_FAILPOINT_ROUNDS"] ?? 1);
const FAILPOINTS = failpointNames(new URL("../src/", import.meta.url));
const OPENING = FAILPOINTS.filter((name) => name.startsWith("daemon/migration/"));
const WORKING = FAILPOINTS.filter((name) => !OPENING.includes(name) && !isOfCommand(name));

test(
  `loses no run or cartridge and counts no run twice when killed ${KILLS} times at any moment`,
  { timeout: 120_000 + KILLS * 5_000 },
  async () => {
    const result = await killAnywhere(KILLS);
    expect(result).toMatchObject({ killed: KILLS, violations: [] });
    expect(result.lost).toBeGreaterThan(0);
  },
);

test(
  `loses no run or cartridge and counts no run twice when killed at each of ${WORKING.length} failpoints`,
  { timeout: 120_000 + WORKING.length * ROUNDS * 5_000 },
  async () => {
    const result = await killAtFailpoints(WORKING, ROUNDS);
    expect(result).toMatchObject({ killed: WORKING.length * ROUNDS, missed: [], violations: [] });
    expect(result.lost).toBeGreaterThan(0);
  },
);

test(
  "a process completes the creation or migration of a database that another was killed in",
  { timeout: 120_000 },
  async () => {
    const fresh = await killOpening(OPENING, () => {});
    expect(fresh).toEqual({ killed: 2, violations: [] });
    expect(await killOpening(OPENING, (path) => fromFixture("old-full", path))).toEqual(fresh);
  },
);

test("two loops on one store never claim the same run", { timeout: 120_000 }, async () => {
  const { runs, shares, ...result } = await runTwoLoops(300);
  expect(result).toEqual({ duplicates: 0, violations: [] });
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(300);
  expect(runs).toBe(shares.reduce((a, b) => a + b));
});
