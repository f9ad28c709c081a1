import { OPERATIONS_SCHEMA, OPERATIONS_TABLES } from "./operations-schema.ts";
import { MAX_CAPABILITY_BYTES } from "./types.ts";

/**
 * The schema for SQLite. Never edit a released migration: add another one.
 *
 * Other programs run the triggers with their own SQLite library, perhaps an old one, and may not enforce foreign keys. So the
 * triggers use no feature newer than 3.8.2, and delete dependent rows themselves. No trigger reads a clock: `due_at_ms = 0` means
 * "edited, not yet seen by a loop", and the next claim replaces it by the current time. NULL is "does not run".
 */
export const SCRIPTS_TABLE: string = `CREATE TABLE improvement_scripts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  lang TEXT NOT NULL CHECK(lang IN ('pixel','gvpie','cartridge','python')),
  code TEXT NOT NULL,
  enabled INTEGER DEFAULT 1,
  created_at TEXT DEFAULT (datetime('now')),
  last_run_at TEXT,
  run_count INTEGER DEFAULT 0,
  success_count INTEGER DEFAULT 0
)`;

export const RUNS_TABLE: string = `CREATE TABLE improvement_runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  script_id INTEGER NOT NULL REFERENCES improvement_scripts(id),
  started_at TEXT NOT NULL,
  finished_at TEXT,
  success INTEGER,
  stdout TEXT,
  stderr TEXT,
  duration_ms INTEGER,
  backend TEXT,
  cartridge_path TEXT
)`;

/** Columns that the public tables must have; {@link ADDED_COLUMNS} may be missing. */
export const PUBLIC_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  improvement_scripts: [
    "id",
    "name",
    "lang",
    "code",
    "enabled",
    "created_at",
    "last_run_at",
    "run_count",
    "success_count",
  ],
  improvement_runs: [
    "id",
    "script_id",
    "started_at",
    "finished_at",
    "success",
    "stdout",
    "stderr",
    "duration_ms",
  ],
};

/** Statements for the columns of improvement_runs that databases of older tools lack. */
export const ADDED_COLUMNS: Readonly<Record<string, string>> = {
  backend: "ALTER TABLE improvement_runs ADD COLUMN backend TEXT",
  cartridge_path: "ALTER TABLE improvement_runs ADD COLUMN cartridge_path TEXT",
};

export const SEED_SCRIPT: string = `INSERT INTO improvement_scripts (name, lang, code, created_at)
VALUES ('hello_gpu', 'gvpie', 'TXT 10 10 Hello GPU' || char(10) || 'HALT', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`;

/** Tables of the applied migrations. */
export const MIGRATION_TABLE = "gvpie_migration";
export const MIGRATION_LOCK_TABLE = "gvpie_migration_lock";

export const SIDE_TABLES: readonly string[] = [
  "script_options",
  "script_schedule",
  "script_renders",
  "store_clock",
  "run_capabilities",
  ...Object.keys(OPERATIONS_TABLES),
];

export const SIDE_SCHEMA: string = `
CREATE INDEX IF NOT EXISTS improvement_runs_script ON improvement_runs(script_id);

CREATE TABLE script_options (
  script_id INTEGER PRIMARY KEY REFERENCES improvement_scripts(id) ON DELETE CASCADE,
  width INTEGER CHECK(typeof(width) IN ('integer','null') AND width BETWEEN 1 AND 4294967295),
  height INTEGER CHECK(typeof(height) IN ('integer','null') AND height BETWEEN 1 AND 4294967295),
  background TEXT CHECK(length(background) <= 9),
  interval_ms INTEGER CHECK(typeof(interval_ms) IN ('integer','null') AND interval_ms BETWEEN 0 AND 31536000000)
);

CREATE TABLE script_schedule (
  script_id INTEGER PRIMARY KEY REFERENCES improvement_scripts(id) ON DELETE CASCADE,
  lang TEXT NOT NULL,
  due_at_ms INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  run_id INTEGER,
  holder TEXT,
  lease_until_ms INTEGER
);
CREATE INDEX script_schedule_due ON script_schedule(lang, due_at_ms) WHERE run_id IS NULL;
CREATE INDEX script_schedule_leases ON script_schedule(lease_until_ms) WHERE run_id IS NOT NULL;

CREATE TABLE script_renders (
  script_id INTEGER NOT NULL REFERENCES improvement_scripts(id) ON DELETE CASCADE,
  fingerprint TEXT NOT NULL,
  cartridge_path TEXT NOT NULL,
  PRIMARY KEY (script_id, fingerprint)
) WITHOUT ROWID;

CREATE TABLE store_clock (
  id INTEGER PRIMARY KEY CHECK(id = 1),
  boot TEXT NOT NULL,
  offset_ms INTEGER NOT NULL
);

CREATE TRIGGER improvement_scripts_added AFTER INSERT ON improvement_scripts
BEGIN
  UPDATE script_schedule SET lang = new.lang, due_at_ms = CASE WHEN new.enabled THEN 0 END, failures = 0
    WHERE script_id = new.id;
  INSERT INTO script_schedule (script_id, lang, due_at_ms)
    SELECT new.id, new.lang, CASE WHEN new.enabled THEN 0 END
    WHERE NOT EXISTS (SELECT 1 FROM script_schedule WHERE script_id = new.id);
END;

CREATE TRIGGER improvement_scripts_edited AFTER UPDATE OF lang, code, enabled ON improvement_scripts
WHEN old.lang IS NOT new.lang OR old.code IS NOT new.code OR old.enabled IS NOT new.enabled
BEGIN
  UPDATE script_schedule SET lang = new.lang, due_at_ms = CASE WHEN new.enabled THEN 0 END, failures = 0
    WHERE script_id = new.id;
END;

CREATE TRIGGER improvement_scripts_removed AFTER DELETE ON improvement_scripts
BEGIN
  DELETE FROM script_options WHERE script_id = old.id;
  DELETE FROM script_schedule WHERE script_id = old.id;
  DELETE FROM script_renders WHERE script_id = old.id;
END;

CREATE TRIGGER script_options_added AFTER INSERT ON script_options
BEGIN
  UPDATE script_schedule SET due_at_ms = 0, failures = 0 WHERE script_id = new.script_id AND due_at_ms IS NOT NULL;
END;

CREATE TRIGGER script_options_edited AFTER UPDATE ON script_options
BEGIN
  UPDATE script_schedule SET due_at_ms = 0, failures = 0 WHERE script_id = new.script_id AND due_at_ms IS NOT NULL;
END;

CREATE TRIGGER script_options_removed AFTER DELETE ON script_options
BEGIN
  UPDATE script_schedule SET due_at_ms = 0, failures = 0 WHERE script_id = old.script_id AND due_at_ms IS NOT NULL;
END;

INSERT INTO script_schedule (script_id, lang, due_at_ms)
  SELECT id, coalesce(lang, ''), CASE WHEN enabled THEN 0 END FROM improvement_scripts;
`;

export const ADD_PARAMS_COLUMN: string =
  "ALTER TABLE script_options ADD COLUMN params TEXT CHECK(length(params) <= 65536 AND json_valid(params))";

/** Largest absolute value of an id that a JavaScript number holds exactly; scripts with other ids do not run. */
const MAX_ID: number = Number.MAX_SAFE_INTEGER;

/** The rule that decides if a script runs: the only one, also for lists. `row` is `new.`, or empty for a column of a query. */
function dueAtOnce(row: "new." | ""): string {
  const isKnown = `${row}lang IN ('pixel','gvpie','cartridge','python') AND ${row}id BETWEEN -${MAX_ID} AND ${MAX_ID}`;
  return `CASE WHEN ${row}enabled AND ${isKnown} THEN 0 END`;
}

/**
 * A CHECK that SQLite before 3.45 accepts for NULL, where `json_valid(NULL)` is 0, and triggers with the rule of
 * {@link dueAtOnce}. The table is made again under its own name: a renamed table has another text, and ALTER TABLE changes the
 * triggers that name it.
 */
export const PORTABLE_SCHEMA: string = `
CREATE TEMP TABLE kept_options AS SELECT * FROM script_options;
DROP TABLE script_options;
DROP TRIGGER IF EXISTS improvement_scripts_added;
DROP TRIGGER IF EXISTS improvement_scripts_edited;

CREATE TABLE script_options (
  script_id INTEGER PRIMARY KEY REFERENCES improvement_scripts(id) ON DELETE CASCADE,
  width INTEGER CHECK(typeof(width) IN ('integer','null') AND width BETWEEN 1 AND 4294967295),
  height INTEGER CHECK(typeof(height) IN ('integer','null') AND height BETWEEN 1 AND 4294967295),
  background TEXT CHECK(length(background) <= 9),
  interval_ms INTEGER CHECK(typeof(interval_ms) IN ('integer','null') AND interval_ms BETWEEN 0 AND 31536000000),
  params TEXT CHECK(params IS NULL OR (length(params) <= 65536 AND json_valid(params)))
);
INSERT INTO script_options (script_id, width, height, background, interval_ms, params)
  SELECT script_id, width, height, background, interval_ms, params FROM temp.kept_options
  WHERE script_id IN (SELECT id FROM improvement_scripts);
DROP TABLE temp.kept_options;

CREATE TRIGGER improvement_scripts_added AFTER INSERT ON improvement_scripts
BEGIN
  UPDATE script_schedule SET lang = coalesce(new.lang, ''), due_at_ms = ${dueAtOnce("new.")}, failures = 0
    WHERE script_id = new.id;
  INSERT INTO script_schedule (script_id, lang, due_at_ms)
    SELECT new.id, coalesce(new.lang, ''), ${dueAtOnce("new.")}
    WHERE NOT EXISTS (SELECT 1 FROM script_schedule WHERE script_id = new.id);
END;

CREATE TRIGGER improvement_scripts_edited AFTER UPDATE OF lang, code, enabled ON improvement_scripts
WHEN old.lang IS NOT new.lang OR old.code IS NOT new.code OR old.enabled IS NOT new.enabled
BEGIN
  UPDATE script_schedule SET lang = coalesce(new.lang, ''), due_at_ms = ${dueAtOnce("new.")}, failures = 0
    WHERE script_id = new.id;
END;

CREATE TRIGGER script_options_added AFTER INSERT ON script_options
BEGIN
  UPDATE script_schedule SET due_at_ms = 0, failures = 0 WHERE script_id = new.script_id AND due_at_ms IS NOT NULL;
END;

CREATE TRIGGER script_options_edited AFTER UPDATE ON script_options
BEGIN
  UPDATE script_schedule SET due_at_ms = 0, failures = 0 WHERE script_id = new.script_id AND due_at_ms IS NOT NULL;
END;

CREATE TRIGGER script_options_removed AFTER DELETE ON script_options
BEGIN
  UPDATE script_schedule SET due_at_ms = 0, failures = 0 WHERE script_id = old.script_id AND due_at_ms IS NOT NULL;
END;

UPDATE script_schedule SET due_at_ms = NULL
  WHERE script_id IN (SELECT id FROM improvement_scripts WHERE ${dueAtOnce("")} IS NULL);
`;

/** The capability of each script, and the ids of the capability that each run used. */
export const CAPABILITIES_SCHEMA: string = `
ALTER TABLE script_options ADD COLUMN capability TEXT CHECK(length(capability) <= ${MAX_CAPABILITY_BYTES});

CREATE TABLE run_capabilities (
  run_id INTEGER PRIMARY KEY REFERENCES improvement_runs(id) ON DELETE CASCADE,
  root TEXT NOT NULL,
  leaf TEXT NOT NULL
);

CREATE TRIGGER improvement_runs_removed AFTER DELETE ON improvement_runs
BEGIN
  DELETE FROM run_capabilities WHERE run_id = old.id;
END;
`;

/** Columns of `script_schedule` as the triggers would fill them, for databases that no writer has opened yet. */
export const DUE_AT_ONCE: string = dueAtOnce("");

/** The triggers of a migrated database; a later migration may replace one. */
export const TRIGGERS: readonly { readonly name: string; readonly sql: string }[] = [
  ...new Map(
    [PORTABLE_SCHEMA, CAPABILITIES_SCHEMA, OPERATIONS_SCHEMA]
      .flatMap(triggersIn)
      .map((trigger) => [trigger.name, trigger]),
  ).values(),
];

/** Normalized text of the triggers and indexes of this version and earlier ones. */
export const MADE_BY_STORE: ReadonlySet<string> = new Set(
  [SIDE_SCHEMA, PORTABLE_SCHEMA, CAPABILITIES_SCHEMA, OPERATIONS_SCHEMA]
    .flatMap((schema) => [
      ...triggersIn(schema).map(({ sql }) => sql),
      ...(schema.match(/CREATE INDEX[^;]*/g) ?? []),
    ])
    .map((sql) => sql.replaceAll(/\s+/g, " ").trim()),
);

function triggersIn(schema: string): { name: string; sql: string }[] {
  return [...schema.matchAll(/CREATE TRIGGER (\w+)[^]*?\nEND(?=;)/g)].map(([sql, name = ""]) => ({
    name,
    sql,
  }));
}
