import Database from "better-sqlite3";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** The disk after the deletions of a day. */
export interface Sample {
  readonly day: number;
  readonly runs: number;
  /** Most runs of one script. */
  readonly mostRuns: number;
  readonly files: number;
  /** Most files of one script. */
  readonly mostFiles: number;
  readonly databaseBytes: number;
  readonly logBytes: number;
  readonly cartridgeBytes: number;
}

/** Measures a database and its folder. */
export function measure(day: number, path: string, folder: string): Sample {
  const database = new Database(path, { readonly: true });
  try {
    const [runs, mostRuns] = database
      .prepare<[], [number, number]>(
        "SELECT sum(n), max(n) FROM (SELECT count(*) AS n FROM improvement_runs GROUP BY script_id)",
      )
      .raw()
      .get() ?? [0, 0];
    const mostFiles = database
      .prepare<[], number>("SELECT max(n) FROM (SELECT count(*) AS n FROM cartridges GROUP BY script_id)")
      .pluck()
      .get();
    const files = readdirSync(folder);
    return {
      day,
      runs,
      mostRuns,
      files: files.length,
      mostFiles: mostFiles ?? 0,
      databaseBytes: statSync(path).size,
      logBytes: statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0,
      cartridgeBytes: files.reduce((bytes, name) => bytes + statSync(join(folder, name)).size, 0),
    };
  } finally {
    database.close();
  }
}

/** Returns the open runs, and the runs and the rows of cartridges whose file is missing. */
export function findStrayRows(path: string, folder: string): string[] {
  const files = new Set(readdirSync(folder));
  const database = new Database(path, { readonly: true });
  try {
    const list = (sql: string): string[] => database.prepare<[], string>(sql).pluck().all();
    const named = [
      ...list("SELECT key FROM cartridges"),
      ...list("SELECT DISTINCT cartridge_path FROM improvement_runs WHERE cartridge_path IS NOT NULL"),
    ];
    return [
      ...list("SELECT 'open run ' || id FROM improvement_runs WHERE finished_at IS NULL"),
      ...named.filter((name) => !files.has(name.replace(/^.*\//, ""))),
    ];
  } finally {
    database.close();
  }
}
