import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatCount, sum } from "@gvpie/testing";
import { failpointNames, type FailpointCount } from "../harness/failpoints.ts";
import { defineCase } from "../harness/fault-case.ts";
import { column, runGvpie, unsound, withDatabase } from "../harness/operator-command.ts";
import { createScripts, moreRuns, reportedRuns, startLoop } from "../harness/script-loop.ts";
import { formatViolations } from "../harness/verdict.ts";

interface Kill {
  readonly failpoint: string;
  readonly hasDied: boolean;
  /** Runs deleted by the command before it was killed, or scripts that it changed. */
  readonly changed: number;
  readonly violations: readonly string[];
}

interface LoopEnd {
  readonly reported: number;
  readonly violations: readonly string[];
}

const SCRIPTS = 3;
/** Old runs of each script: three transactions of `prune`. */
const OLD_RUNS = 1_200;
const KEPT = 5;
const LABELS = "SELECT DISTINCT substr(code, 9, 5) FROM improvement_scripts";

export const steeringKilled = defineCase<FailpointCount | Kill | LoopEnd>({
  number: 48,
  fault: "`scripts apply` or `runs prune` is killed at any step, while a loop runs",
  required:
    "all changes of a file are made or none, no counter changes, the newest runs of each script stay, and the loop loses no run: every failpoint × 5, 0 violations",
  async run(context) {
    const names = failpointNames("daemon/").filter((name) => /^daemon\/(?:apply|prune)\//.test(name));
    const base = dirname(context.newSocketPath());
    const path = join(base, "daemon.db");
    await createScripts(path, SCRIPTS);
    const loop = startLoop(context, path, join(base, "cartridges"));
    const file = join(base, "scripts.json");
    const apply = ["scripts", "apply", file, "--db", path];
    writeFileSync(file, scriptsFile("first"));
    await runGvpie(context, apply);
    await moreRuns(loop, SCRIPTS);
    context.record({ failpoints: names.length });
    let added = 0;
    for (let round = 0; round < context.count(5, 1); round++) {
      for (const failpoint of names) {
        const hit = failpoint.includes("/prune/") ? 1 + (round % 3) : 1;
        const violations: string[] = [];
        let changed;
        let exit;
        if (failpoint.includes("/apply/")) {
          const [before] = column(path, LABELS);
          const label = `${round}`.padStart(4, "0") + (failpoint.includes("before") ? "a" : "b");
          writeFileSync(file, scriptsFile(label));
          ({ exit } = await runGvpie(context, apply, { name: failpoint, hit }));
          const after = column(path, LABELS);
          if (after.length !== 1) violations.push(`${failpoint}: some scripts are changed: ${after.join()}`);
          changed = after[0] === before ? 0 : SCRIPTS;
          const again = await runGvpie(context, apply);
          if (again.exit !== 0) violations.push(`${failpoint}: the next apply: ${again.stderr}`);
          if (column(path, LABELS).join() !== label) violations.push(`${failpoint}: not applied`);
        } else {
          added += addOldRuns(path);
          // The newest runs of each script are new ones.
          await moreRuns(loop, SCRIPTS * KEPT * 2);
          const before = count(path);
          const args = ["runs", "prune", "--older-than", "30d", "--keep", String(KEPT), "--db", path];
          ({ exit } = await runGvpie(context, args, { name: failpoint, hit }));
          changed = before - count(path);
          violations.push(...miscounted(path, failpoint));
          const again = await runGvpie(context, args);
          if (again.exit !== 0) violations.push(`${failpoint}: the next prune: ${again.stderr}`);
          if (count(path) !== 0) violations.push(`${failpoint}: ${count(path)} old runs are left`);
        }
        context.record({ failpoint, hasDied: exit === "SIGKILL", changed, violations });
      }
    }
    await moreRuns(loop, SCRIPTS);
    const reported = reportedRuns(loop);
    const exit = await loop.kill("SIGTERM");
    const rows = new Set(column(path, "SELECT id FROM improvement_runs WHERE success"));
    const lost = reported.filter((id) => !rows.has(String(id)));
    const [counted] = column(path, "SELECT sum(run_count) FROM improvement_scripts");
    const finished = rows.size + added;
    context.record({
      reported: reported.length,
      violations: [
        ...(exit === 0 ? [] : [`the loop exited with ${exit}: ${loop.stderr}`]),
        ...lost.map((id) => `run ${id} was reported and is not recorded`),
        ...(Number(counted) === finished ? [] : [`expected ${finished} counted runs, got ${counted}`]),
        ...unsound(path),
      ],
    });
  },
  evaluate(observations) {
    const expected = sum(observations.map((one) => ("failpoints" in one ? one.failpoints : 0)));
    const kills = observations.filter((one) => "failpoint" in one);
    const ends = observations.filter((one) => "reported" in one);
    const deaths = kills.filter(({ hasDied }) => hasDied);
    const reached = new Set(deaths.map(({ failpoint }) => failpoint)).size;
    const violations = [...kills, ...ends].flatMap((one) => one.violations);
    return {
      summary: [
        `${formatCount(deaths.length)} kills at ${reached} of ${expected} failpoints`,
        `${formatCount(sum(ends.map((one) => one.reported)))} runs of the loop recorded`,
        formatViolations(violations),
      ].join("; "),
      isMet: violations.length === 0 && ends.length === 1 && reached === expected && expected > 0,
    };
  },
});

/** The scripts with the label in their code; `gvpie scripts export` shows the format. */
function scriptsFile(label: string): string {
  const scripts = Array.from({ length: SCRIPTS }, (_, i) => ({
    name: `s${i}`,
    lang: "pixel",
    code: `TXT 1 1 ${label}${i}`,
    interval: "20ms",
  }));
  return JSON.stringify({ version: 1, scripts });
}

/** Adds counted runs from 90 days ago to every script, and returns how many. */
function addOldRuns(path: string): number {
  return withDatabase(path, (database) => {
    database.exec(`BEGIN IMMEDIATE;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${OLD_RUNS})
      INSERT INTO improvement_runs (script_id, started_at, finished_at, success)
        SELECT s.id, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-90 days'), 'then', 0 FROM improvement_scripts s, n;
      UPDATE improvement_scripts SET run_count = run_count + ${OLD_RUNS};
      COMMIT`);
    return OLD_RUNS * SCRIPTS;
  });
}

function count(path: string): number {
  return column(path, "SELECT id FROM improvement_runs WHERE started_at < datetime('now', '-30 days')")
    .length;
}

/** Scripts that count fewer runs than they have, or that have lost their newest ones. */
function miscounted(path: string, failpoint: string): string[] {
  const sql = `SELECT s.name FROM improvement_scripts s LEFT JOIN improvement_runs r ON r.script_id = s.id GROUP BY s.id
    HAVING s.run_count < count(r.finished_at) OR s.success_count <> total(r.success) OR count(r.finished_at) < ${KEPT}`;
  return column(path, sql).map((name) => `${failpoint}: the counters or newest runs of ${name}`);
}
