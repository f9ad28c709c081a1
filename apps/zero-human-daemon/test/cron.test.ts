import Database from "better-sqlite3";
import { faketimeEnvironment, findFaketime, skipVisibly } from "@gvpie/testing";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { workspaceWith, type Workspace } from "./support/workspace.ts";

const CRON = { cron: "30 2 * * *", timeZone: "Europe/Berlin" } as const;
const NIGHTLY = { name: "nightly", lang: "pixel", code: "HALT" } as const;

/** Sets the clock of a process to a time, from which it goes on. */
function clockAt(workspace: Workspace, time: string): Record<string, string> {
  const file = join(workspace.cwd, "clock");
  writeFileSync(file, `+${(Date.parse(time) - Date.now()) / 1_000}`);
  return faketimeEnvironment(findFaketime() ?? "", file);
}

/** Returns the next times of the scripts by the clock on the wall. */
function nextTimes({ cwd }: Workspace): string[] {
  const database = new Database(join(cwd, "db/daemon.db"), { readonly: true });
  try {
    const sql = "SELECT cron_at_ms FROM script_schedule ORDER BY script_id";
    const times = database.prepare<[], number>(sql).pluck().all();
    return times.map((time) => new Date(time).toISOString());
  } finally {
    database.close();
  }
}

describe("a cron line, in a loop whose clock is set", () => {
  beforeEach((context) => {
    if (findFaketime() === undefined) skipVisibly(context, "libfaketime is not installed");
  });

  test("starts its script at the time on the wall, after the hour that summer time leaves out", async () => {
    const workspace = await workspaceWith({ ...NIGHTLY, options: CRON });
    const first = await workspace.runIn(clockAt(workspace, "2028-03-25T12:00:00Z"), "--once");
    expect(first).toMatchObject({ status: 0 });
    expect(nextTimes(workspace)).toEqual(["2028-03-26T01:00:00.000Z"]);

    // However long the loop takes to start, the time of the script passes only once.
    const loop = workspace.startIn(clockAt(workspace, "2028-03-26T00:59:59Z"));
    await loop.waitForLine(/ok +nightly/);
    expect(await loop.kill("SIGTERM")).toBe(0);
    const runs = await workspace.allRuns();
    expect(runs.map(({ startedAt }) => startedAt.slice(0, 15))).toEqual([
      "2028-03-25T12:0",
      "2028-03-26T01:0",
    ]);
    expect(nextTimes(workspace)).toEqual(["2028-03-27T00:30:00.000Z"]);
  });

  test("makes up for a missed time once, or with --missed skip not at all", async () => {
    const workspace = await workspaceWith(
      { ...NIGHTLY, name: "skips", options: { ...CRON, missed: "skip" } },
      { ...NIGHTLY, options: CRON },
    );
    await workspace.runIn(clockAt(workspace, "2028-03-25T12:00:00Z"), "--once");
    const loop = workspace.startIn(clockAt(workspace, "2028-03-28T20:00:00Z"));
    await loop.waitForLine(/ok +nightly/);
    expect(await loop.kill("SIGTERM")).toBe(0);
    const late = (await workspace.allRuns()).filter(({ startedAt }) => startedAt > "2028-03-26");
    expect(late.map(({ scriptName }) => scriptName)).toEqual(["nightly"]);
    expect(nextTimes(workspace)).toEqual(["2028-03-29T00:30:00.000Z", "2028-03-29T00:30:00.000Z"]);
  });
});
