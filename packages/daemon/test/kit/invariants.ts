import { decodeCartridge } from "@gvpie/cartridge";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { readRows, type Place } from "./place.ts";

/** Of every script, as many runs are counted as rows are finished. */
const MISCOUNTED = `SELECT s.name, s.run_count, s.success_count, count(r.finished_at) AS finished,
    coalesce(sum(r.success), 0) AS succeeded
  FROM improvement_scripts AS s LEFT JOIN improvement_runs AS r ON r.script_id = s.id
  GROUP BY s.id HAVING run_count <> finished OR success_count <> succeeded`;

/** Runs of one script never overlap: each starts when the one before it has finished. */
const OVERLAPPING = `SELECT id FROM (SELECT id, started_at, lag(finished_at) OVER (PARTITION BY script_id ORDER BY id) AS before
  FROM improvement_runs) WHERE started_at < before`;

interface RunRow {
  readonly id: number;
  readonly finished_at: string | null;
  readonly success: number | null;
  readonly stderr: string | null;
  readonly cartridge_path: string | null;
}

/** What a run was reported as: its cartridge, or nothing. */
export type Reported = ReadonlyMap<number, string | undefined>;

/**
 * What is wrong with a store and its cartridges, in words; nothing where every promise is kept. `reported` are the runs that a
 * process told of before it died; `allow` are the files in the folder that are none of ours.
 */
export async function findViolations(
  place: Place,
  {
    reported = new Map(),
    allow = [],
  }: { readonly reported?: Reported; readonly allow?: readonly string[] } = {},
): Promise<string[]> {
  const wrong = readRows(place, MISCOUNTED).map((row) => `counters: ${JSON.stringify(row)}`);
  for (const row of readRows(place, OVERLAPPING)) wrong.push(`two runs at once: ${JSON.stringify(row)}`);

  const runs = readRows<RunRow>(place, "SELECT * FROM improvement_runs ORDER BY id");
  runs.forEach(({ id }, index) => {
    if (id !== index + 1) wrong.push(`run ${index + 1} is lost: ${id} follows`);
  });
  const files = new Set(namesIn(place.folder));
  const whole = new Map<string, boolean>();
  for (const run of runs) {
    const name = basename(run.cartridge_path ?? "");
    if (run.success === 1) {
      if (!whole.has(name)) whole.set(name, files.has(name) && (await isWhole(join(place.folder, name))));
      if (!whole.get(name)) wrong.push(`run ${run.id} names ${name}, which is not whole`);
    } else if (run.finished_at !== null && !run.stderr?.startsWith("RUN_LOST: ")) {
      wrong.push(`run ${run.id} failed with ${run.stderr}`);
    }
  }
  const recorded = new Map(runs.map((run) => [run.id, run]));
  for (const [id, cartridge] of reported) {
    const run = recorded.get(id);
    if (!run || run.finished_at === null || (run.cartridge_path ?? undefined) !== cartridge)
      wrong.push(`run ${id} was reported with ${cartridge}, and is ${JSON.stringify(run)}`);
  }
  for (const name of allow) if (!files.delete(name)) wrong.push(`${name}, which is not ours, has gone`);
  for (const name of files) {
    if (name.endsWith(".png")) {
      if (!(await isWhole(join(place.folder, name)))) wrong.push(`${name} is not whole`);
    } else if (!name.startsWith(".gvpie-staging-")) wrong.push(`${name} is no file of ours`);
  }
  return wrong;
}

/** Staging files in the folder: none may be left after a sweep. */
export function stagingFiles({ folder }: Place): string[] {
  return namesIn(folder).filter((name) => name.startsWith(".gvpie-staging-"));
}

function namesIn(folder: string): string[] {
  return lstatSync(folder, { throwIfNoEntry: false }) ? readdirSync(folder) : [];
}

async function isWhole(path: string): Promise<boolean> {
  try {
    await decodeCartridge(readFileSync(path));
    return true;
  } catch {
    return false;
  }
}
