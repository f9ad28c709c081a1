import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openStore } from "@gvpie/daemon/store";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, test } from "vitest";
import { timeOption } from "../src/time-option.ts";
import { gvpie } from "./support/gvpie.ts";

const DAY = 86_400_000;
const HELLO = 1;

/** A database with 30 daily runs of hello_gpu, the last one today and open; the runs with an id that ends in 0 or 5 failed. */
async function directoryWithRuns(): Promise<string> {
  const cwd = temporaryDirectory();
  const path = join(cwd, "db/daemon.db");
  await (await openStore({ path })).close();
  const database = new DatabaseSync(path);
  const insert = database.prepare(
    "INSERT INTO improvement_runs (id, script_id, started_at, finished_at, success) VALUES (?, ?, ?, ?, ?)",
  );
  for (let id = 1; id <= 30; id++) {
    const at = new Date(Date.now() - (30 - id) * DAY - 60_000).toISOString();
    insert.run(id, HELLO, at, id === 30 ? null : at, id === 30 ? null : Number(id % 5 !== 0));
  }
  database.close();
  return cwd;
}

async function idsOf(cwd: string, ...args: string[]): Promise<number[]> {
  const { stdout } = await gvpie(["runs", "list", "--json", ...args], { cwd });
  return (JSON.parse(stdout) as { id: number }[]).map((run) => run.id);
}

describe("gvpie runs list", () => {
  test("lists failed and running runs, and those of a time, page by page", async () => {
    const cwd = await directoryWithRuns();
    expect(await idsOf(cwd, "--failed", "--since", "15d")).toEqual([25, 20]);
    expect(await idsOf(cwd, "--running")).toEqual([30]);
    const page = ["--until", "20d", "--limit", "2", "--script", "hello_gpu"];
    expect(await idsOf(cwd, ...page)).toEqual([10, 9]);
    expect(await idsOf(cwd, ...page, "--before", "9")).toEqual([8, 7]);
    const { stderr } = await gvpie(["runs", "list", "--until", "2001-01-01"], { cwd });
    expect(stderr).toBe("no runs\n");
  });

  test.each([
    [["--failed", "--running"], "expected --failed or --running, got both"],
    [
      ["--since", "soon"],
      '--since: expected a time such as 2026-11-24 or 2026-11-24T04:05Z, or a duration such as 24h, got "soon"',
    ],
    [["--before", "x"], '--before: expected a whole number from 1 to 999999999999999, got "x"'],
  ])("refuses %j", async (args, message) => {
    const result = await gvpie(["runs", "list", ...args]);
    expect(result).toMatchObject({ status: 2, stderr: expect.stringContaining(message) as string });
  });

  test.each([
    ["2026-11-24", "2026-11-24T00:00:00.000Z"],
    ["2026-11-24T04:05", "2026-11-24T04:05:00.000Z"],
    ["2026-11-24 04:05:06.7", "2026-11-24T04:05:06.700Z"],
    ["2026-11-24T01:05+02:00", "2026-11-23T23:05:00.000Z"],
    ["2028-02-29", "2028-02-29T00:00:00.000Z"],
    ["90m", "2026-12-31T22:30:00.000Z"],
  ])("understands the time %s", (text, iso) => {
    expect(timeOption("--since", text, Date.parse("2027-01-01T00:00Z"))).toBe(iso);
  });

  test.each([
    "2026-02-29",
    "2026-13-01",
    "2026-11-24T25:00",
    "24-11-2026",
    "",
    "-1h",
    "2026-11-24T04:05+99:00",
  ])("refuses the time %j", (text) =>
    expect(() => timeOption("--since", text)).toThrow(/^--since: expected a time such as/),
  );
});

describe("gvpie runs prune", () => {
  test("counts with --dry-run, and deletes as many", async () => {
    const cwd = await directoryWithRuns();
    const args = ["runs", "prune", "--older-than", "10d", "--keep", "12"];
    expect(await gvpie([...args, "--dry-run"], { cwd })).toMatchObject({
      status: 0,
      stdout: "",
      stderr: "would delete 17 runs\n",
    });
    expect(await idsOf(cwd, "--limit", "99")).toHaveLength(30);
    expect(await gvpie(args, { cwd })).toMatchObject({ status: 0, stdout: "", stderr: "deleted 17 runs\n" });
    expect(await idsOf(cwd, "--limit", "99")).toEqual(Array.from({ length: 13 }, (_, index) => 30 - index));
    expect(await gvpie(args, { cwd })).toMatchObject({ status: 0, stderr: "deleted 0 runs\n" });
  });

  test.each([
    [[], 2, "expected --older-than or --keep, got neither"],
    [["--keep", "0"], 2, '--keep: expected a whole number from 1 to 1000000, got "0"'],
    [["--older-than", "90"], 2, "--older-than: expected a duration from"],
    [
      ["--keep", "1", "--script", "helo_gpu"],
      1,
      'there is no script named "helo_gpu"; did you mean "hello_gpu"?',
    ],
    [["--keep", "1", "--db", "nothing.db"], 1, "there is no database"],
  ])("refuses %j", async (args, status, message) => {
    const cwd = await directoryWithRuns();
    const result = await gvpie(["runs", "prune", ...args], { cwd });
    expect(result).toMatchObject({ status, stderr: expect.stringContaining(message) as string });
    expect(await idsOf(cwd, "--limit", "99")).toHaveLength(30);
  });
});
