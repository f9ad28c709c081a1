import { lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { folderOf } from "./cartridge-root.ts";
import { contentsOf, withReadConnection, type OnStoreProgress, type StoreContents } from "./copy-store.ts";
import { checkSchema, readTables } from "./sqlite-migrations.ts";
import type { Query } from "./sqlite-query.ts";
import { SIDE_TABLES } from "./sqlite-schema.ts";

/** Options of `checkStore`. */
export interface CheckOptions {
  /** Path of the database. */
  readonly path: string;
  /** Also compare every index with its table, and look for every cartridge. */
  readonly full?: boolean;
  /** Milliseconds to wait for the lock of another process. Default 2,000. */
  readonly busyTimeoutMs?: number;
  readonly onProgress?: OnStoreProgress;
}

/** Stable across releases; safe to branch on. */
export type StoreFindingCode = "DAMAGED" | "DANGLING" | "MISCOUNTED" | "CARTRIDGE_MISSING" | "SECOND_NAME";

/** Something that is not as expected. */
export interface StoreFinding {
  readonly code: StoreFindingCode;
  /** `error`: the database is not sound. `warn`: rows or files that another program or a person has changed. */
  readonly level: "error" | "warn";
  /** One line for people. */
  readonly message: string;
}

/** The result of a check. */
export interface StoreCheck extends StoreContents {
  readonly path: string;
  readonly bytes: number;
  /** False if a migration is pending. */
  readonly isCurrent: boolean;
  /** Cartridges that were looked for. */
  readonly cartridges: number;
  readonly findings: readonly StoreFinding[];
}

/** Cartridges that a check without `full` looks for: the newest ones. */
const NEWEST_CARTRIDGES = 10_000;
/** Names in a message. */
const NAMED = 3;

/**
 * Checks a database while other processes use it, and changes nothing: its pages, its schema, references between tables, counters,
 * and the cartridges that were written on this machine.
 *
 * @throws {StoreError} if it cannot be read at all, as `openReader`.
 */
export async function checkStore(options: CheckOptions): Promise<StoreCheck> {
  const path = resolve(options.path);
  const { full = false, busyTimeoutMs = 2_000, onProgress = () => {} } = options;
  return withReadConnection(path, busyTimeoutMs, async ({ query, exec }) => {
    const [[bytes] = [0]] = query<[number]>(
      "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    );
    onProgress({ step: "verify", doneBytes: 0, totalBytes: bytes });
    await new Promise(setImmediate);
    // Rows of other programs may break the CHECKs of the tables; the database is sound.
    exec("PRAGMA ignore_check_constraints = ON");
    const isCurrent = checkSchema(query, path) === "current";
    const pages = query<[string]>(full ? "PRAGMA integrity_check(10)" : "PRAGMA quick_check(10)");
    const findings: StoreFinding[] = pages
      .filter(([found]) => found !== "ok")
      .map(([found]) => ({ code: "DAMAGED", level: "error", message: found }));
    if (findings.length > 0) {
      return { path, bytes, isCurrent, scripts: 0, runs: 0, cartridges: 0, findings };
    }
    const tables = readTables(query);
    const cartridges = isCurrent ? findMissing(query, full) : { looked: 0, findings: [] };
    findings.push(
      ...(tables.has("improvement_runs") ? miscounted(query) : []),
      ...dangling(query),
      ...cartridges.findings,
      ...secondNames(path),
    );
    return {
      path,
      bytes,
      isCurrent,
      ...contentsOf(query),
      cartridges: cartridges.looked,
      findings,
    };
  });
}

/** Finds scripts that count fewer runs than there are rows; pruned runs stay counted. */
function miscounted(query: Query): StoreFinding[] {
  const found = query<[string]>(
    `SELECT s.name FROM improvement_scripts s JOIN (SELECT script_id, count(finished_at) AS finished, coalesce(sum(success <> 0), 0) AS ok
       FROM improvement_runs GROUP BY script_id) r ON r.script_id = s.id
     WHERE coalesce(s.run_count, 0) < r.finished OR coalesce(s.success_count, 0) < r.ok
       OR coalesce(s.success_count, 0) > coalesce(s.run_count, 0)`,
  ).map(([name]) => name);
  if (found.length === 0) return [];
  const fact = `expected counters that include every run, got fewer for ${listOf(found)}`;
  return [{ code: "MISCOUNTED", level: "warn", message: `${fact}; another program has changed them` }];
}

/** Finds rows that refer to rows that are gone. Runs of removed scripts are not among them: other programs may remove scripts alone. */
function dangling(query: Query): StoreFinding[] {
  const tables = readTables(query);
  return SIDE_TABLES.filter((table) => tables.get(table) === "table").flatMap((table): StoreFinding[] => {
    const [[count] = [0]] = query<[number]>("SELECT count(*) FROM pragma_foreign_key_check(?)", table);
    if (count === 0) return [];
    const fact = `expected rows of ${table} that refer to existing rows, got ${count} that do not`;
    return [{ code: "DANGLING", level: "warn", message: `${fact}; they have no effect` }];
  });
}

/** Looks for the cartridges of this machine, newest first. */
function findMissing(query: Query, full: boolean): { looked: number; findings: StoreFinding[] } {
  const limit = full ? "-1" : String(NEWEST_CARTRIDGES);
  const rows = query<[uri: string, key: string]>(
    `SELECT r.uri, c.key FROM cartridges c JOIN cartridge_roots r ON r.id = c.root_id
     WHERE r.host = ? AND typeof(r.uri) = 'text' AND typeof(c.key) = 'text' AND length(r.uri) + length(c.key) <= 4096
     ORDER BY c.id DESC LIMIT ${limit}`,
    hostname(),
  );
  const missing = new Map<string, string[]>();
  for (const [uri, key] of rows) {
    // The rows may be of any program: a key is the name of a file, not a path.
    const folder = folderOf(uri);
    if (folder === undefined || basename(key) !== key || key.includes("\0")) continue;
    if (isFile(join(folder, key))) continue;
    const keys = missing.get(folder);
    if (keys) {
      keys.push(key);
    } else {
      missing.set(folder, [key]);
    }
  }
  return {
    looked: rows.length,
    findings: [...missing].map(([folder, keys]) => ({
      code: "CARTRIDGE_MISSING",
      level: "warn",
      message: statSync(folder, { throwIfNoEntry: false })
        ? `${folder}: expected ${keys.length} more cartridges, got no files: ${listOf(keys)}; their runs can no longer be verified`
        : `${folder}: expected the folder of ${keys.length} cartridges, got none; mount it, or restore it from a backup`,
    })),
  };
}

/** Returns false also for a path that the system refuses, such as one through a file. */
function isFile(path: string): boolean {
  try {
    return lstatSync(path).isFile();
  } catch {
    return false;
  }
}

/** Finds other names of the file, from a restore that was killed: opened by them, it would be damaged. */
function secondNames(path: string): StoreFinding[] {
  const real = realpathSync(path);
  const file = statSync(real);
  if (file.nlink < 2) return [];
  const folder = dirname(real);
  const names = readdirSync(folder).filter((name) => {
    const other = lstatSync(join(folder, name), { throwIfNoEntry: false });
    return other?.ino === file.ino && other.dev === file.dev && name !== basename(real);
  });
  const found = names.length === 0 ? "others, elsewhere" : listOf(names);
  const fact = `expected one name of the file, got also ${found}`;
  const remedy = "never open it by that name, and remove that name";
  return [{ code: "SECOND_NAME", level: "warn", message: `${path}: ${fact}; ${remedy}` }];
}

function listOf(names: readonly string[]): string {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
