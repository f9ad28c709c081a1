import { failpoint } from "@gvpie/file-socket/process";
import Database from "better-sqlite3";
import {
  closeSync,
  existsSync,
  linkSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  type Stats,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { makeDirectory } from "../make-directory.ts";
import { systemClock } from "./clock.ts";
import { copyStore, type OnStoreProgress, type StoreContents } from "./copy-store.ts";
import { StoreError } from "./errors.ts";
import { refuseForeignPath } from "./foreign-path.ts";
import { attempt, createNewFile, fileError, flush } from "./new-file.ts";
import { requireReadable } from "./read-connection.ts";
import { storeError } from "./sqlite-errors.ts";
import { SIDE_FILES } from "./sqlite-files.ts";
import { queryOf, type Query } from "./sqlite-query.ts";
import { untilUnlocked } from "./sqlite.ts";

/** Options of `restoreStore`. */
export interface RestoreOptions {
  /** Path of the database. */
  readonly path: string;
  /** Path of the backup. */
  readonly from: string;
  /** Milliseconds to wait for the lock of another process. Default 2,000. */
  readonly busyTimeoutMs?: number;
  readonly onProgress?: OnStoreProgress;
}

/** A database that was restored. */
export interface Restored extends StoreContents {
  /** Path of the database that was there before; undefined if there was none. */
  readonly kept: string | undefined;
}

/** A process of another boot, such as one of another machine, counts as running this long after its last heartbeat. */
const FRESH_MS = 60_000;
/** The tables whose ids are never given again, because cartridges and people name them. */
const COUNTED_TABLES: ReadonlySet<string> = new Set([
  "improvement_scripts",
  "improvement_runs",
  "run_requests",
]);

/**
 * Puts a verified copy of a backup in place of a database that no process has open. The database that was there stays beside it, with
 * its log applied, as `<name>.before-restore-<time>`. A process that is killed at any step leaves one of the two databases at the path.
 *
 * @throws {StoreError} `STORE_LOCKED` if a process has the database open; as `openReader` for the backup: `STORE_CORRUPT`,
 * `STORE_FOREIGN`, `STORE_NEWER`, `STORE_MISSING`; `STORE_FULL`, `STORE_READ_ONLY`.
 */
export async function restoreStore(options: RestoreOptions): Promise<Restored> {
  const from = resolve(options.from);
  const named = resolve(options.path);
  const busyTimeoutMs = options.busyTimeoutMs ?? 2_000;
  refuseForeignPath(from);
  refuseForeignPath(named);
  requireReadable(from);
  const old = attempt(named, () => statSync(named, { throwIfNoEntry: false }));
  if (old && !old.isFile()) throw new StoreError("STORE_IO", `${named}: not a file; name a database file`);
  refuseSameFile(from, named, old);
  attempt(named, () => makeDirectory(dirname(named)));
  // The file itself, if the path is a link.
  const path = old ? realpathSync(named) : named;
  // Refuses early, because the copy may take minutes.
  if (old) (await lockOut(path, busyTimeoutMs, false)).release();

  const file = createNewFile(path, old ?? { ...ownerOf(dirname(path)), mode: statSync(from).mode });
  let lock: Lock | undefined;
  try {
    const contents = await copyStore(from, file, { ...options, busyTimeoutMs });
    lock = old ? await lockOut(path, busyTimeoutMs, true) : undefined;
    prepareCopy(file.path, lock?.database ? readSequences(queryOf(lock.database)) : []);
    const kept = lock ? await keep(path, lock) : undefined;
    failpoint("daemon/restore/after-keep");
    try {
      moveSideFiles(path, kept);
      failpoint("daemon/restore/after-side-files");
      file.publish({ replace: lock !== undefined });
    } catch (error) {
      if (kept !== undefined && isSameFile(kept, path)) rmSync(kept);
      throw error;
    }
    return { ...contents, kept };
  } finally {
    lock?.release();
    file.discard();
  }
}

interface Lock {
  /** Undefined if the database is damaged. */
  readonly database: Database.Database | undefined;
  readonly release: () => void;
}

/**
 * Locks a database against every other process. With `apply`, moves its log into it and turns the log off: a process that opens the
 * file meanwhile waits, and then finds that it was moved, because SQLite checks that before it turns the log on again.
 *
 * @throws {StoreError} `STORE_LOCKED`.
 */
async function lockOut(path: string, busyTimeoutMs: number, apply: boolean): Promise<Lock> {
  // SQLite would remove the log of a file that it does not know.
  if (!hasHeader(path)) return { database: undefined, release: () => {} };
  let database: Database.Database | undefined;
  try {
    const workers = readWorkers(path);
    const elsewhere = workers.find(({ boot }) => boot !== systemClock.boot);
    if (elsewhere) throw inUse(path, [elsewhere], "stop it, and wait a minute");
    const open = (database = new Database(path, { timeout: 0 }));
    open.pragma("trusted_schema = OFF");
    open.pragma("locking_mode = EXCLUSIVE");
    const deadline = performance.now() + busyTimeoutMs;
    try {
      await untilUnlocked(path, deadline, () => open.exec("BEGIN EXCLUSIVE; COMMIT"));
    } catch (error) {
      const isLocked = error instanceof StoreError && error.code === "STORE_LOCKED";
      throw isLocked ? inUse(path, workers, "stop it, and try again") : error;
    }
    if (apply) {
      open.pragma("journal_mode = DELETE");
      // Else SQLite would remove the journal by its name when it closes.
      open.pragma("journal_mode = MEMORY");
      for (const suffix of SIDE_FILES) rmSync(path + suffix, { force: true });
    }
    return { database: open, release: () => void open.close() };
  } catch (error) {
    database?.close();
    const known = storeError(error, path);
    // A damaged database cannot be locked; it is kept as it is, with its log.
    if (known instanceof StoreError && known.code === "STORE_CORRUPT") {
      return { database: undefined, release: () => {} };
    }
    throw known;
  }
}

function hasHeader(path: string): boolean {
  const header = Buffer.alloc(16);
  const descriptor = openSync(path, "r");
  try {
    const length = readSync(descriptor, header, 0, 16, 0);
    return length === 0 || header.toString("latin1") === "SQLite format 3\0";
  } finally {
    closeSync(descriptor);
  }
}

interface RunningWorker {
  readonly host: string;
  readonly pid: number;
  readonly boot: string;
}

/** Returns the processes that run scripts, by their heartbeats; none for a database that is of an older version, locked or damaged. */
function readWorkers(path: string): RunningWorker[] {
  let database;
  try {
    database = new Database(path, { timeout: 0 });
    database.pragma("trusted_schema = OFF");
    const since = new Date(Date.now() - FRESH_MS).toISOString();
    const sql =
      "SELECT host, pid, boot FROM workers WHERE stopped_at IS NULL AND seen_at > ? ORDER BY seen_at DESC LIMIT 10";
    return database.prepare<[string], RunningWorker>(sql).all(since);
  } catch {
    return [];
  } finally {
    database?.close();
  }
}

function inUse(path: string, workers: readonly RunningWorker[], remedy: string): StoreError {
  const list = workers.map(({ host, pid }) => `process ${pid} on ${host}`).join(", ");
  const found = list === "" ? "another process" : list;
  return new StoreError(
    "STORE_LOCKED",
    `${path}: expected a database that no process has open, got one that is open in ${found}; ${remedy}`,
  );
}

function readSequences(query: Query): [string, number][] {
  const [table] = query("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'");
  if (!table) return [];
  return query<[string, number]>("SELECT name, seq FROM sqlite_sequence").filter(([name]) =>
    COUNTED_TABLES.has(name),
  );
}

/**
 * Raises the highest ids of a copy, so that no run gets an id that a run of the old database had, and removes the heartbeats of
 * processes that ran when the backup was made.
 */
function prepareCopy(copy: string, sequences: readonly [string, number][]): void {
  const database = new Database(copy);
  try {
    database.pragma("trusted_schema = OFF");
    const [workers] = queryOf(database)(
      "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'workers'",
    );
    if (workers) database.exec("DELETE FROM workers");
    const own = new Map(readSequences(queryOf(database)));
    const set = database.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = ?");
    const add = database.prepare("INSERT INTO sqlite_sequence (seq, name) VALUES (?, ?)");
    for (const [name, seq] of sequences) {
      const before = own.get(name);
      const exists = database
        .prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?")
        .get(name);
      if (exists && seq > (before ?? 0)) (before === undefined ? add : set).run(seq, name);
    }
  } finally {
    database.close();
  }
}

/** Gives the database a second name, which it keeps when the copy takes the first; or copies it. */
async function keep(path: string, { database }: Lock): Promise<string> {
  const folder = dirname(path);
  const prefix = `${basename(path)}.before-restore-`;
  for (const name of readdirSync(folder)) {
    // From a restore that was killed before the copy had the first name.
    if (name.startsWith(prefix) && isSameFile(join(folder, name), path)) rmSync(join(folder, name));
  }
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  for (let number = 1; ; number++) {
    const kept = join(folder, `${prefix}${time}Z${number > 1 ? `-${number}` : ""}`);
    if (existsSync(kept)) continue;
    try {
      linkSync(path, kept);
    } catch (error) {
      // The file system has no hard links, or the file belongs to another user.
      if (!database) throw fileError(error, kept);
      const copy = createNewFile(kept, statSync(path));
      try {
        await database.backup(copy.path);
        copy.publish({ replace: false });
      } catch (cause) {
        throw fileError(storeError(cause, kept), kept);
      } finally {
        copy.discard();
      }
    }
    flush(folder);
    return kept;
  }
}

/** Moves the log of a database that cannot be read to its new name, so that SQLite does not apply it to the copy. */
function moveSideFiles(path: string, kept: string | undefined): void {
  for (const suffix of SIDE_FILES) {
    const { size = 0 } = statSync(path + suffix, { throwIfNoEntry: false }) ?? {};
    if (size === 0) continue;
    if (kept === undefined) {
      const fact = "it belongs to a database that is no longer here, and SQLite would apply it to another";
      throw new StoreError(
        "STORE_EXISTS",
        `${path}${suffix}: ${fact}; move it to that database, or remove it`,
      );
    }
    attempt(kept + suffix, () => renameSync(path + suffix, kept + suffix));
  }
}

function refuseSameFile(from: string, path: string, old: Stats | undefined): void {
  const backup = statSync(from);
  if (!old || backup.ino !== old.ino || backup.dev !== old.dev) return;
  throw new StoreError(
    "STORE_EXISTS",
    `${from}: expected a backup, got the database ${path} itself; name another file`,
  );
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => statSync(file, { throwIfNoEntry: false }));
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev;
}

function ownerOf(folder: string): Pick<Stats, "uid" | "gid"> {
  const { uid, gid } = statSync(folder);
  return { uid, gid };
}
