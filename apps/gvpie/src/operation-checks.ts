import { counted } from "./counted.ts";
import { formatBytes, parseTime } from "@gvpie/app-common";
import { checkStore, StoreError, WORKER_SILENT_MS } from "@gvpie/daemon/store";
import { lstatSync, statfsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Check } from "./checks.ts";
import { readFacts, type Facts } from "./status/facts.ts";
import { problemsOf, type Problem } from "./status/problems.ts";
import { allScripts, withReader } from "./store.ts";

/** Largest database whose pages are checked without `--full`. */
const MAX_CHECKED_BYTES = 2 ** 30;
const MIN_FREE_BYTES = 64 * 2 ** 20;
const MIN_FREE_SHARE = 0.05;
/** Milliseconds that the rows of other processes may be ahead of the clock. */
const MAX_AHEAD_MS = 60_000;

/** Reads the scripts of the database and checks its pages, and changes nothing. */
export async function checkDatabase(db: string, full: boolean): Promise<Check> {
  const name = "database";
  try {
    const scripts = await withReader(db, allScripts);
    const enabled = scripts.filter((script) => script.enabled).length;
    const facts = [`${db}, ${counted(scripts.length, "script")}, ${enabled} enabled`];
    const refused = scripts.filter((script) => script.refused !== undefined);
    const [first] = refused;
    if (first) facts.push(`${refused.length} refused: ${first.name}, ${first.refused}`);
    const { size } = statSync(db);
    if (size > MAX_CHECKED_BYTES && !full) {
      facts.push(`pages not checked, because it has ${formatBytes(size)}; --full checks them`);
      return { name, status: first ? "note" : "ok", detail: facts.join(", ") };
    }
    const { findings, isCurrent } = await checkStore({ path: db });
    if (!isCurrent) facts.push("of an older version, which gvpie db init migrates");
    const bad = findings.find(({ level }) => level === "error");
    if (bad) {
      const detail = `${db} is damaged: ${bad.message}; gvpie db check prints all, gvpie db restore brings a backup back`;
      return { name, status: "bad", detail };
    }
    if (findings.length > 0) facts.push(`${findings.length} warnings of gvpie db check`);
    const isNoted = first !== undefined || !isCurrent || findings.length > 0;
    return { name, status: isNoted ? "note" : "ok", detail: facts.join(", ") };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const missing = error.code === "STORE_MISSING";
    const detail = missing
      ? `${db} does not exist; gvpie db init or zero-human-daemon creates it`
      : error.message;
    return { name, status: missing ? "note" : "bad", detail };
  }
}

/** Checks the modes and owners of the database and the files beside it. Returns no check if there is no database. */
export function checkFiles(db: string): Check[] {
  const name = "files";
  const paths = [db, `${db}-wal`, `${db}-shm`];
  const files = paths.flatMap((path) => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ path, stats }];
  });
  const [main] = files;
  if (main?.path !== db) return [];
  const bad = (detail: string): Check[] => [{ name, status: "bad", detail }];
  for (const { path, stats } of files) {
    if (stats.uid !== main.stats.uid) {
      return bad(`${path} belongs to another user than ${db}; stop the daemons and chown it`);
    }
    if ((stats.mode & 0o002) !== 0 && !stats.isSymbolicLink()) {
      return bad(`every user can write to ${path}; chmod o-w it`);
    }
  }
  const mode = (main.stats.mode & 0o777).toString(8).padStart(4, "0");
  return [{ name, status: "ok", detail: `${db}, mode ${mode}` }];
}

/** Checks the room on the disk of the database. */
export function checkDisk(db: string): Check[] {
  const folder = dirname(resolve(db));
  let found;
  try {
    found = statfsSync(folder);
  } catch {
    // `checkDatabase` reports a folder that does not exist.
    return [];
  }
  const { bavail, blocks, bsize, ffree, files } = found;
  const free = bavail * bsize;
  const isLow = free < MIN_FREE_BYTES || bavail < blocks * MIN_FREE_SHARE;
  // Some file systems make inodes as they need them, and report 0.
  const areFilesLow = files > 0 && ffree < files * MIN_FREE_SHARE;
  const detail = `${formatBytes(free)} and ${files > 0 ? `${ffree} files` : "any number of files"} are free in ${folder}`;
  const remedy = "; gvpie runs prune deletes old runs";
  return [
    isLow || areFilesLow
      ? { name: "disk", status: "bad", detail: detail + remedy }
      : { name: "disk", status: "ok", detail },
  ];
}

/** Checks the clock, and what `gvpie status` reports. Returns no check if the database cannot be read. */
export async function checkOperation(db: string, dir: string): Promise<Check[]> {
  let facts: Facts;
  try {
    facts = await withReader(db, (store) => readFacts(store, { db, dir, maxAgeMs: WORKER_SILENT_MS }));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return [];
  }
  return [checkClock(facts), ...daemonChecks(facts)];
}

/** The clock of the machine may have been set back, or may not be set yet. */
function checkClock({ now, overview, daemons }: Facts): Check {
  const times = [
    ...overview.running.map(({ startedAt }) => startedAt),
    ...daemons.map(({ worker }) => worker.seenAt),
  ];
  const latest = Math.max(...times.map((at) => parseTime(at) ?? -Infinity));
  const clock = new Date(now).toISOString();
  if (latest <= now + MAX_AHEAD_MS) return { name: "clock", status: "ok", detail: clock };
  const detail = `${clock}, but a daemon has reported at ${new Date(latest).toISOString()}; check it with timedatectl`;
  return { name: "clock", status: "bad", detail };
}

function daemonChecks(facts: Facts): Check[] {
  const name = "daemons";
  const problems = problemsOf(facts).map((problem): Check => {
    return { name, status: statusOf(problem, facts), detail: problem.message };
  });
  const count = facts.daemons.filter(({ state }) => state === "running").length;
  const running: Check = { name, status: "ok", detail: `${count} running` };
  return count === 0 ? problems : [running, ...problems];
}

/** A database that no daemon has ever used is not an error. */
function statusOf({ code, level }: Problem, { daemons }: Facts): Check["status"] {
  if (code === "NO_DAEMON" && daemons.length === 0) return "note";
  return level === "note" ? "note" : "bad";
}
