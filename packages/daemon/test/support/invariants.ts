import { decodeCartridge } from "@gvpie/cartridge";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { readRows, type StoreFixture } from "./store-fixture.ts";

/** Scripts whose counters differ from their finished rows. */
export const MISCOUNTED: string = `SELECT s.name, s.run_count, s.success_count, count(r.finished_at) AS finished,
    coalesce(sum(r.success), 0) AS succeeded
  FROM improvement_scripts AS s LEFT JOIN improvement_runs AS r ON r.script_id = s.id
  GROUP BY s.id HAVING run_count <> finished OR success_count <> succeeded`;

/** Runs that started before the previous run of the same script had finished. */
const OVERLAPPING = `SELECT id FROM (SELECT id, started_at, lag(finished_at) OVER (PARTITION BY script_id ORDER BY id) AS before
  FROM improvement_runs) WHERE started_at < before`;

interface RunRow {
  readonly id: number;
  readonly finished_at: string | null;
  readonly success: number | null;
  readonly stderr: string | null;
  readonly cartridge_path: string | null;
}

/** Cartridge paths of reported runs by run id. */
export type Reported = ReadonlyMap<number, string | undefined>;

/**
 * Returns descriptions of all broken invariants of a store and its cartridges. `reported` are the runs that a process reported before
 * it died; `allow` are foreign files in the folder.
 */
export async function findViolations(
  fixture: StoreFixture,
  {
    reported = new Map(),
    allow = [],
  }: { readonly reported?: Reported; readonly allow?: readonly string[] } = {},
): Promise<string[]> {
  const violations = readRows(fixture, MISCOUNTED).map((row) => `counters: ${JSON.stringify(row)}`);
  for (const row of readRows(fixture, OVERLAPPING)) {
    violations.push(`two runs at once: ${JSON.stringify(row)}`);
  }

  const runs = readRows<RunRow>(fixture, "SELECT * FROM improvement_runs ORDER BY id");
  runs.forEach(({ id }, index) => {
    if (id !== index + 1) violations.push(`expected run ${index + 1}, got ${id}`);
  });
  const files = new Set(namesIn(fixture.folder));
  const complete = new Map<string, boolean>();
  for (const run of runs) {
    const name = basename(run.cartridge_path ?? "");
    if (run.success === 1) {
      if (!complete.has(name)) {
        complete.set(name, files.has(name) && (await isComplete(join(fixture.folder, name))));
      }
      if (!complete.get(name)) violations.push(`run ${run.id} names ${name}, which is incomplete`);
    } else if (run.finished_at !== null && !run.stderr?.startsWith("RUN_LOST: ")) {
      violations.push(`run ${run.id} failed with ${run.stderr}`);
    }
  }
  const recorded = new Map(runs.map((run) => [run.id, run]));
  for (const [id, cartridge] of reported) {
    const run = recorded.get(id);
    if (!run || run.finished_at === null || (run.cartridge_path ?? undefined) !== cartridge) {
      violations.push(`run ${id} was reported with ${cartridge}, got ${JSON.stringify(run)}`);
    }
  }
  for (const name of allow) if (!files.delete(name)) violations.push(`the foreign file ${name} was removed`);
  for (const name of files) {
    if (name.endsWith(".png")) {
      if (!(await isComplete(join(fixture.folder, name)))) violations.push(`${name} is incomplete`);
    } else if (!name.startsWith(".gvpie-staging-")) {
      violations.push(`unexpected file ${name}`);
    }
  }
  return violations;
}

/** Returns the staging files in the folder; there must be none after a sweep. */
export function stagingFiles({ folder }: StoreFixture): string[] {
  return namesIn(folder).filter((name) => name.startsWith(".gvpie-staging-"));
}

function namesIn(folder: string): string[] {
  return lstatSync(folder, { throwIfNoEntry: false }) ? readdirSync(folder) : [];
}

async function isComplete(path: string): Promise<boolean> {
  try {
    await decodeCartridge(readFileSync(path));
    return true;
  } catch {
    return false;
  }
}
