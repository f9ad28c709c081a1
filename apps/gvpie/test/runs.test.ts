import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openStore } from "@gvpie/daemon/store";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, test } from "vitest";
import { timeOption } from "../src/time-option.ts";
import { gvpieSession, type SessionResult } from "./support/session.ts";

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

const LIST = ["runs", "list", "--json"];

function idsOf(result: SessionResult | undefined): number[] {
  return (JSON.parse(result?.stdout ?? "") as { id: number }[]).map((run) => run.id);
}

describe("gvpie runs list", () => {
  test("lists failed and running runs, and those of a time, page by page", async () => {
    const cwd = await directoryWithRuns();
    const page = ["--limit", "2", "--script", "hello_gpu"];
    const results = await gvpieSession(
      [
        [...LIST, "--failed", "--since", "15d"],
        [...LIST, "--running"],
        [...LIST, ...page, "--before", "20d"],
        [...LIST, ...page, "--before", "9"],
        ["runs", "list", "--before", "2001-01-01"],
      ],
      { cwd },
    );
    expect(results.slice(0, 4).map(idsOf)).toEqual([[25, 20], [30], [10, 9], [8, 7]]);
    expect(results[4]?.stderr).toBe("no runs\n");
  });

  test("refuses wrong options", async () => {
    const cases: readonly (readonly [string[], string])[] = [
      [["--failed", "--running"], "expected --failed or --running, got both"],
      [
        ["--since", "soon"],
        '--since: expected a time such as 2026-11-24 or 2026-11-24T04:05Z, or a duration such as 24h, got "soon"',
      ],
      [
        ["--before", "x"],
        '--before: expected a time such as 2026-11-24 or 2026-11-24T04:05Z, or a duration such as 24h, got "x"',
      ],
      [
        ["--before", "99999999999999999999"],
        '--before: expected a whole number from 1 to 999999999999999, got "99999999999999999999"',
      ],
    ];
    const results = await gvpieSession(
      cases.map(([args]) => ["runs", "list", ...args]),
      { cwd: temporaryDirectory() },
    );
    expect(results).toMatchObject(
      cases.map(([, message]) => ({ status: 2, stderr: expect.stringContaining(message) as string })),
    );
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
    const all = [...LIST, "--limit", "99"];
    const results = await gvpieSession([[...args, "--dry-run"], all, args, all, args], { cwd });
    const [dry, before, pruned, after, again] = results;
    expect(dry).toMatchObject({ status: 0, stdout: "", stderr: "would delete 17 runs\n" });
    expect(idsOf(before)).toHaveLength(30);
    expect(pruned).toMatchObject({ status: 0, stdout: "", stderr: "deleted 17 runs\n" });
    expect(idsOf(after)).toEqual(Array.from({ length: 13 }, (_, index) => 30 - index));
    expect(again).toMatchObject({ status: 0, stderr: "deleted 0 runs\n" });
  });

  test("refuses wrong options, and deletes nothing", async () => {
    const cases: readonly (readonly [string[], number, string])[] = [
      [[], 2, "expected --older-than or --keep, got neither"],
      [["--keep", "0"], 2, '--keep: expected a whole number from 1 to 1000000, got "0"'],
      [["--older-than", "90"], 2, "--older-than: expected a duration from"],
      [
        ["--keep", "1", "--script", "helo_gpu"],
        1,
        'there is no script named "helo_gpu"; did you mean "hello_gpu"?',
      ],
      [["--keep", "1", "--db", "nothing.db"], 1, "there is no database"],
    ];
    const cwd = await directoryWithRuns();
    const commands = cases.map(([args]) => ["runs", "prune", ...args]);
    const results = await gvpieSession([...commands, [...LIST, "--limit", "99"]], { cwd });
    expect(idsOf(results.pop())).toHaveLength(30);
    expect(results).toMatchObject(
      cases.map(([, status, message]) => ({
        status,
        stderr: expect.stringContaining(message) as string,
      })),
    );
  });
});
