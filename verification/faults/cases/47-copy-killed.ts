import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { openStore } from "@gvpie/daemon/store";
import { formatCount, sum } from "@gvpie/testing";
import { everyNth, failpointNames, type FailpointCount } from "../harness/failpoints.ts";
import { type CaseContext, defineCase } from "../harness/fault-case.ts";
import { forEachConcurrently } from "../harness/for-each-concurrently.ts";
import { column, runGvpie, unsound, withDatabase } from "../harness/operator-command.ts";
import { createScripts, moreRuns, reportedRuns, startLoop } from "../harness/script-loop.ts";
import { formatViolations } from "../harness/verdict.ts";

interface Kill {
  readonly command: string;
  readonly failpoint: string;
  readonly hasDied: boolean;
  readonly violations: readonly string[];
}

interface LoopEnd {
  readonly reported: number;
  readonly violations: readonly string[];
}

type Found = Pick<Kill, "hasDied" | "violations">;

/** A command to kill. */
interface Attempt {
  readonly context: CaseContext<Observation>;
  /** The database of the running loop. */
  readonly path: string;
  readonly failpoint: string;
  readonly round: number;
}

type Observation = FailpointCount | Kill | LoopEnd;

const NAMES = "SELECT name FROM improvement_scripts ORDER BY id";

/** The commands, with the failpoints that they pass. */
const COMMANDS: Readonly<
  Record<string, { readonly passes: RegExp; readonly kill: (attempt: Attempt) => Promise<Found> }>
> = {
  backup: { passes: /^daemon\/copy\//, kill: killBackup },
  restore: { passes: /^daemon\/(?:restore|copy\/(?!after-link))/, kill: killRestore },
  migration: {
    passes: /^daemon\/(?:migration|copy\/(?:(?:before|after)-(?:create|fsync|rename)$))/,
    kill: killMigration,
  },
};

export const copyKilled = defineCase<Observation>({
  number: 47,
  fault: "a backup, a restore or the copy before a migration is killed at any step, while a loop runs",
  required:
    "the name holds the old file or a complete new one, the same command then succeeds and leaves no other file, and the loop loses no run: every failpoint × 5, 0 violations",
  async run(context) {
    const points = Object.entries(COMMANDS).flatMap(([command, { passes }]) => {
      const names = failpointNames("daemon/")
        .filter((name) => passes.test(name))
        .toReversed();
      return (context.isFull ? names : everyNth(3, names)).map((failpoint) => ({ command, failpoint }));
    });
    const base = dirname(context.newSocketPath());
    const path = join(base, "daemon.db");
    await createScripts(path, 3);
    const loop = startLoop(context, path, join(base, "cartridges"));
    await moreRuns(loop, 3);
    context.record({ failpoints: points.length });
    for (let round = 0; round < context.count(5, 1); round++) {
      await forEachConcurrently(3, points, async ({ command, failpoint }) => {
        const found = await COMMANDS[command]?.kill({ context, path, failpoint, round });
        context.record({ command, failpoint, hasDied: false, violations: [], ...found });
      });
    }
    await moreRuns(loop, 3);
    const reported = reportedRuns(loop);
    const exit = await loop.kill("SIGTERM");
    const recorded = new Set(column(path, "SELECT id FROM improvement_runs WHERE success"));
    const lost = reported.filter((id) => !recorded.has(String(id)));
    context.record({
      reported: reported.length,
      violations: [
        ...(exit === 0 ? [] : [`the loop exited with ${exit}`]),
        ...lost.map((id) => `run ${id} was reported and is not recorded`),
        ...unsound(path),
      ],
    });
  },
  evaluate(observations) {
    const expected = sum(observations.map((one) => ("failpoints" in one ? one.failpoints : 0)));
    const kills = observations.filter((one) => "failpoint" in one);
    const ends = observations.filter((one) => "reported" in one);
    const reached = new Set(
      kills.filter(({ hasDied }) => hasDied).map(({ command, failpoint }) => `${command} ${failpoint}`),
    );
    const violations = [...kills, ...ends].flatMap((one) => one.violations);
    return {
      summary: [
        `${formatCount(kills.filter(({ hasDied }) => hasDied).length)} kills at ${reached.size} of ${expected} steps of the commands`,
        `${formatCount(sum(ends.map((one) => one.reported)))} runs of the loop recorded`,
        formatViolations(violations),
      ].join("; "),
      isMet: violations.length === 0 && ends.length === 1 && reached.size === expected && expected > 0,
    };
  },
});

/** Backs up the database of the running loop. */
async function killBackup({ context, path, failpoint, round }: Attempt): Promise<Found> {
  const folder = dirname(context.newSocketPath());
  const to = join(folder, "b.db");
  // The copy takes a new name by a link, and an existing one by a rename.
  const hasOld = (round + failpoint.length) % 2 === 1 && !failpoint.endsWith("-link");
  if (hasOld) await runGvpie(context, ["db", "backup", to, "--db", path]);
  const args = ["db", "backup", to, "--db", path, ...(hasOld ? ["--force"] : [])];
  const { exit } = await runGvpie(context, args, { name: failpoint, hit: 1 });
  const violations: string[] = [];
  if (hasOld && !existsSync(to)) violations.push(`${failpoint}: the earlier backup is gone`);
  if (existsSync(to)) violations.push(...unsound(to).map((one) => `${failpoint}: the backup: ${one}`));
  const again = await runGvpie(context, [...args, "--force"]);
  if (again.exit !== 0) violations.push(`${failpoint}: the next backup: ${again.stderr}`);
  violations.push(...leftIn(folder, ["b.db"]).map((name) => `${failpoint}: ${name} is left`));
  if (column(to, NAMES).length !== 3) violations.push(`${failpoint}: the backup is not complete`);
  return { hasDied: exit === "SIGKILL", violations };
}

/** Restores a backup that differs from the database. */
async function killRestore({ context, failpoint }: Attempt): Promise<Found> {
  const folder = join(dirname(context.newSocketPath()), "db");
  mkdirSync(folder);
  const path = join(folder, "daemon.db");
  const backup = join(folder, "..", "b.db");
  await createScripts(path, 2);
  await runGvpie(context, ["db", "backup", backup, "--db", path]);
  await using store = await openStore({ path });
  await store.removeScript("s1");
  await store.close();
  const args = ["db", "restore", backup, "--db", path];
  const { exit } = await runGvpie(context, args, { name: failpoint, hit: 1 });
  const violations = unsound(path).map((one) => `${failpoint}: the database: ${one}`);
  const names = column(path, NAMES).join();
  if (names === "s0,s1") {
    const kept = readdirSync(folder).filter((name) => name.includes("before-restore"));
    if (!kept.some((name) => column(join(folder, name), NAMES).join() === "s0")) {
      violations.push(`${failpoint}: the database from before is gone`);
    }
  } else if (names !== "s0") {
    violations.push(`${failpoint}: expected s0 or s0,s1, got ${names}`);
  }
  const again = await runGvpie(context, args);
  if (again.exit !== 0) violations.push(`${failpoint}: the next restore: ${again.stderr}`);
  if (column(path, NAMES).join() !== "s0,s1") violations.push(`${failpoint}: the backup was not restored`);
  const check = await runGvpie(context, ["db", "check", "--full", "--db", path]);
  if (check.exit !== 0 || !check.stdout.includes(": ok")) violations.push(`${failpoint}: ${check.stdout}`);
  if (check.stdout.includes("SECOND_NAME")) violations.push(`${failpoint}: ${check.stdout}`);
  const left = leftIn(folder, ["daemon.db"]).filter((name) => !name.includes("before-restore"));
  violations.push(...left.map((name) => `${failpoint}: ${name} is left`));
  return { hasDied: exit === "SIGKILL", violations };
}

/** Migrates a database of an older tool. */
async function killMigration({ context, failpoint }: Attempt): Promise<Found> {
  const folder = dirname(context.newSocketPath());
  const path = join(folder, "daemon.db");
  withDatabase(path, (database) => database.exec(OLD));
  const args = ["db", "init", "--db", path];
  const { exit } = await runGvpie(context, args, { name: failpoint, hit: 1 });
  const violations = unsound(path).map((one) => `${failpoint}: the database: ${one}`);
  const again = await runGvpie(context, args);
  if (again.exit !== 0) violations.push(`${failpoint}: the next migration: ${again.stderr}`);
  const kept = join(folder, "daemon.db.before-0001_script_store");
  for (const file of [path, kept]) {
    if (existsSync(file) && column(file, NAMES).join() === "old" && unsound(file).length === 0) continue;
    violations.push(`${failpoint}: ${file} is not complete`);
  }
  const current = column(path, "SELECT name FROM gvpie_migration").length;
  if (current === 0) violations.push(`${failpoint}: the database is not migrated`);
  const left = leftIn(folder, ["daemon.db", "daemon.db.before-0001_script_store"]);
  violations.push(...left.map((name) => `${failpoint}: ${name} is left`));
  return { hasDied: exit === "SIGKILL", violations };
}

function leftIn(folder: string, expected: readonly string[]): string[] {
  return readdirSync(folder).filter((name) => !expected.includes(name) && !/-(?:wal|shm)$/.test(name));
}

const OLD = `
  CREATE TABLE improvement_scripts (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, lang TEXT NOT NULL,
    code TEXT NOT NULL, enabled INTEGER DEFAULT 1, created_at TEXT, last_run_at TEXT, run_count INTEGER, success_count INTEGER);
  CREATE TABLE improvement_runs (id INTEGER PRIMARY KEY AUTOINCREMENT, script_id INTEGER NOT NULL REFERENCES improvement_scripts(id),
    started_at TEXT NOT NULL, finished_at TEXT, success INTEGER, stdout TEXT, stderr TEXT, duration_ms INTEGER);
  INSERT INTO improvement_scripts (name, lang, code) VALUES ('old', 'pixel', 'HALT');`;
