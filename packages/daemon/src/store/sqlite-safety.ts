import { StoreError } from "./errors.ts";
import type { Query } from "./sqlite-query.ts";
import {
  MADE_BY_STORE,
  MIGRATION_LOCK_TABLE,
  MIGRATION_TABLE,
  PUBLIC_COLUMNS,
  SIDE_TABLES,
  TRIGGERS,
} from "./sqlite-schema.ts";

const PUBLIC_TABLES = Object.keys(PUBLIC_COLUMNS);
const OUR_TABLES: ReadonlySet<string> = new Set([
  ...PUBLIC_TABLES,
  ...SIDE_TABLES,
  MIGRATION_TABLE,
  MIGRATION_LOCK_TABLE,
]);

/** Functions that CHECK and DEFAULT may call, and keywords before a parenthesis: all fast for any arguments. */
const FAST: ReadonlySet<string> = new Set(
  [
    "abs coalesce date datetime ifnull json_valid julianday length lower nullif octet_length strftime time trim typeof unixepoch",
    "upper and between case cast check default else in is not or then when",
  ]
    .join(" ")
    .split(" "),
);
/** Operators that call functions whose time grows without bound with their arguments, or that other programs define. */
const SLOW_OPERATORS: ReadonlySet<string> = new Set(["glob", "like", "match", "regexp"]);

/**
 * Refuses code of other programs that SQLite would run inside the transactions of the store, where nothing can stop it: triggers,
 * also on tables that a foreign key action reaches; views and virtual tables in place of tables; generated columns; indexes with
 * expressions; and calls in CHECK and DEFAULT of functions that are not known to be fast.
 *
 * @throws {StoreError} `STORE_FOREIGN`; the message names the object and how to remove it.
 */
export function checkSafety(rows: Query, path: string): void {
  const refuse = (object: string, remedy: string): never => {
    const reason = "it would run inside the transactions of the store, where nothing can stop it";
    throw new StoreError(
      "STORE_FOREIGN",
      `${path}: ${object} belongs to another program: ${reason}; ${remedy}`,
    );
  };

  const reached = reachedTables(
    rows<
      [string, string]
    >(`SELECT lower(m.name), lower(f."table") FROM sqlite_master m, pragma_foreign_key_list(m.name) f
      WHERE m.type = 'table' AND (f.on_update NOT IN ('NO ACTION', 'RESTRICT') OR f.on_delete NOT IN ('NO ACTION', 'RESTRICT'))`),
  );
  for (const name of reached) {
    const [kind] = rows<[string]>("SELECT type FROM pragma_table_list(?) WHERE schema = 'main'", name);
    if (kind === undefined) continue;
    if (kind[0] !== "table") {
      refuse(`the ${kind[0]} ${quoted(name)} in place of a table`, "name another path");
    }
    const [generated] = rows<[string]>("SELECT name FROM pragma_table_xinfo(?) WHERE hidden IN (2, 3)", name);
    if (generated) {
      const column = quoted(generated[0]);
      refuse(
        `the generated column ${column} of ${name}`,
        `remove it with ALTER TABLE ${quoted(name)} DROP COLUMN ${column}`,
      );
    }
    const [sql] = rows<[string]>(
      "SELECT sql FROM sqlite_master WHERE type = 'table' AND lower(name) = ?",
      name,
    );
    const call = slowCall(sql?.[0] ?? "");
    if (call !== undefined) {
      refuse(`${call} in CHECK or DEFAULT of ${name}`, "make the table again without it");
    }
  }
  for (const [type, name, table, sql] of rows<[string, string, string, string]>(
    "SELECT type, name, lower(tbl_name), sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL",
  )) {
    if (!reached.has(table) || MADE_BY_STORE.has(normalize(sql))) continue;
    if (type === "index" && hasOnlyColumns(rows, name)) continue;
    const object =
      type === "index" ? `the index ${quoted(name)} with an expression` : `the trigger ${quoted(name)}`;
    refuse(`${object} on ${table}`, `remove it with DROP ${type.toUpperCase()} ${quoted(name)}`);
  }
}

/**
 * Checks what the store needs: ids that are row ids, and, once migrated, its own triggers.
 *
 * @throws {StoreError} `STORE_FOREIGN`, `STORE_CORRUPT`.
 */
export function checkWhole(rows: Query, path: string, isMigrated: boolean): void {
  const pluck = <T>(sql: string, ...values: string[]): T[] =>
    rows<[T]>(sql, ...values).map(([value]) => value);
  for (const table of PUBLIC_TABLES) {
    const keys = pluck<string>(
      "SELECT lower(name) || ' ' || upper(type) FROM pragma_table_info(?) WHERE pk > 0",
      table,
    );
    const hasIndex = pluck("SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'", table).length > 0;
    const exists = pluck("SELECT 1 FROM pragma_table_info(?) LIMIT 1", table).length > 0;
    if (exists && (keys.join() !== "id INTEGER" || hasIndex)) {
      const message = `expected the column id of ${table} to be INTEGER PRIMARY KEY, of a table with row ids`;
      throw new StoreError(
        "STORE_FOREIGN",
        `${path}: ${message}; make the table again, or name another path`,
      );
    }
  }
  if (!isMigrated) return;
  const made = new Set(pluck<string>("SELECT sql FROM sqlite_master WHERE type = 'trigger'").map(normalize));
  const missing = TRIGGERS.find(({ sql }) => !made.has(normalize(sql)));
  if (missing) {
    const message = `the trigger ${missing.name} is missing, so edits of other programs would not be seen`;
    const remedy = "make it again as `gvpie db schema` prints it, or restore a backup";
    throw new StoreError("STORE_CORRUPT", `${path}: ${message}; ${remedy}`);
  }
}

/** Returns our tables, and the tables that the actions of foreign keys reach from them. */
function reachedTables(actions: readonly (readonly [child: string, parent: string])[]): ReadonlySet<string> {
  const reached = new Set(OUR_TABLES);
  // A set visits the entries that are added while it is walked.
  for (const table of reached) {
    for (const [child, parent] of actions) if (parent === table) reached.add(child);
  }
  return reached;
}

function hasOnlyColumns(rows: Query, index: string): boolean {
  const partial = rows(
    "SELECT 1 FROM sqlite_master m, pragma_index_list(m.tbl_name) i WHERE m.name = ? AND i.name = m.name AND i.partial",
    index,
  );
  return (
    partial.length === 0 && rows("SELECT 1 FROM pragma_index_info(?) WHERE cid = -2", index).length === 0
  );
}

const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[^]*?(?:\*\/|$)|[\p{L}\p{N}_$]+|\s+|[^]/gu;

/** Returns the first call or operator in CHECK and DEFAULT expressions that is not known to be fast. */
function slowCall(sql: string): string | undefined {
  const tokens = (sql.match(TOKEN) ?? []).filter((token) => !/^(?:\s|--|\/\*)/.test(token));
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    const word = token.toLowerCase();
    const opens = tokens[index + 1] === "(";
    if (depth === 0) {
      if ((word === "check" || word === "default") && opens) depth = -1;
      continue;
    }
    if (depth === -1) depth = 0;
    if (token === "(") depth++;
    if (token === ")") depth--;
    if (SLOW_OPERATORS.has(word)) return token.toUpperCase();
    const name = /^["`[]/.test(word) ? word.slice(1, -1) : word;
    if (opens && /^[\p{L}_"`[]/u.test(token) && !FAST.has(name)) return `${token}()`;
  }
  return undefined;
}

/** SQLite stores the text of statements as it was written; white space may differ between the ways to write it. */
function normalize(sql: string): string {
  return sql.replaceAll(/\s+/g, " ").trim();
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
