// Runs a loop whose database is on a small file system in this process's own mount namespace, fills it, and runs operators' commands.
// Argument: {"dir", "count"}. The cartridges are on another disk.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { column, runGvpie, unsound, withDatabase } from "./operator-command.ts";
import { report } from "./report-line.ts";
import { createScripts, moreRuns, reportedRuns, startLoop } from "./script-loop.ts";

const OLD_RUNS = 2_000;
const SCRIPTS = 2;

const { dir, count } = JSON.parse(process.argv[2] ?? "{}") as { dir: string; count: number };
const releases: (() => unknown)[] = [];
const context = { defer: (release: () => unknown) => void releases.push(release) };
const disk = join(dir, "disk");
const path = join(disk, "daemon.db");
const PRUNE = ["runs", "prune", "--older-than", "30d", "--keep", "2", "--db", path];
mkdirSync(disk, { recursive: true });
execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "gvpie", disk]);
await createScripts(path, SCRIPTS);
const loop = startLoop(context, path, join(dir, "cartridges"));
await moreRuns(loop, SCRIPTS);

for (let round = 0; round < count; round++) {
  addOldRuns();
  await moreRuns(loop, SCRIPTS * 4);
  const filler = join(disk, "filler");
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(filler, Buffer.alloc(bavail * bsize));
  const before = readdirSync(disk).toSorted().join();
  const backup = await runGvpie(context, ["db", "backup", join(disk, "b.db"), "--db", path]);
  const prune = await runGvpie(context, PRUNE);
  const after = readdirSync(disk).toSorted().join();
  report({
    type: "full",
    backup: codeOf(backup),
    prune: prune.exit === 0 ? "ok" : codeOf(prune),
    // The log of the database comes and goes.
    left: after === before ? [] : after.split(",").filter((name) => !before.includes(name)),
  });
  rmSync(filler);
  await moreRuns(loop, SCRIPTS * 4);
  let later = await runGvpie(context, PRUNE);
  // On a busy machine the loop may hold the lock for the two seconds that a command waits.
  if (later.stderr.includes("SQLITE_BUSY")) later = await runGvpie(context, PRUNE);
  const old = column(path, "SELECT id FROM improvement_runs WHERE started_at < datetime('now', '-30 days')");
  const saved = await runGvpie(context, ["db", "backup", join(dir, `b${round}.db`), "--db", path]);
  report({ type: "room again", prune: codeOf(later), old: old.length, backup: codeOf(saved) });
}
const reported = reportedRuns(loop);
const exit = await loop.kill("SIGTERM");
const rows = new Set(column(path, "SELECT id FROM improvement_runs WHERE success"));
const [counted] = column(path, "SELECT sum(run_count) FROM improvement_scripts");
report({
  type: "ended",
  exit,
  reported: reported.length,
  lost: reported.filter((id) => !rows.has(String(id))).length,
  miscounted: Number(counted) - rows.size - count * OLD_RUNS * SCRIPTS,
  unsound: unsound(path),
});
for (const release of releases.toReversed()) await release();

/** Adds counted runs from 90 days ago, with some output, to every script. */
function addOldRuns(): void {
  withDatabase(path, (database) =>
    database.exec(`BEGIN IMMEDIATE;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${OLD_RUNS})
      INSERT INTO improvement_runs (script_id, started_at, finished_at, success, stdout)
        SELECT s.id, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-90 days'), 'then', 0, hex(zeroblob(400))
        FROM improvement_scripts s, n;
      UPDATE improvement_scripts SET run_count = run_count + ${OLD_RUNS};
      COMMIT`),
  );
}

function codeOf({
  exit: status,
  stderr,
}: {
  readonly exit: number | string;
  readonly stderr: string;
}): string {
  if (status === 0) return "ok";
  return /the disk is full|free bytes/.test(stderr) ? "full" : `${status}: ${stderr.trim()}`;
}
