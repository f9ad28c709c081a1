import { summarizeBlocks, TAIL_START } from "./block-sql.ts";

/** Versions of a script's code that are kept. */
const MAX_VERSIONS = 50;
/** Least id of a file that does not have the id of the run in its name. */
export const FIRST_OTHER_ID: number = -(2 ** 52);
/** Bytes of code that the versions of a script may have together; the newest version is always kept. */
const MAX_VERSION_BYTES = 4_194_304;

/**
 * The tables for operators: pauses, cron lines, requested runs, versions of code, the processes that run scripts, and the files of
 * cartridges. The rules of sqlite-schema.ts apply: nothing newer than SQLite 3.8.2 in triggers.
 *
 * `script_schedule.cron_at_ms` is the next time of a cron line in Unix milliseconds, by the wall clock, or -1 for a line that cannot
 * be used; NULL after an edit of options. `seen_at_ms` is the time of the store's clock at which a loop saw the last edit.
 * `store_state.skew_ms` is the wall clock minus the store's clock when the due times of cron scripts were last derived from it.
 *
 * The id of a row in `cartridges` is the number of the run in its name, or negative: see cartridges.ts. While the runs of a script
 * name the same file again, `script_schedule.picture_run_id` has the last of them and not `cartridges.last_run_id`: a run writes that
 * row anyway. See last-run.ts.
 *
 * `run_blocks` has the earliest and the latest start of the runs with ids from 1024 * block on, and `open_runs` the runs of these
 * blocks that had not ended. They cost a run far less than indexes. The newest runs are in no block.
 */
export const OPERATIONS_SCHEMA: string = `
ALTER TABLE script_options ADD COLUMN cron TEXT CHECK(length(cron) <= 256);
ALTER TABLE script_options ADD COLUMN time_zone TEXT CHECK(length(time_zone) <= 64);
ALTER TABLE script_options ADD COLUMN missed TEXT CHECK(missed IS NULL OR missed IN ('skip','once'));
ALTER TABLE script_options ADD COLUMN timeout_ms INTEGER
  CHECK(typeof(timeout_ms) IN ('integer','null') AND timeout_ms BETWEEN 1 AND 2147483647);
ALTER TABLE script_options ADD COLUMN retries INTEGER
  CHECK(typeof(retries) IN ('integer','null') AND retries BETWEEN 0 AND 100);

ALTER TABLE script_schedule ADD COLUMN paused_at TEXT;
ALTER TABLE script_schedule ADD COLUMN cron_at_ms INTEGER;
ALTER TABLE script_schedule ADD COLUMN seen_at_ms INTEGER;
ALTER TABLE script_schedule ADD COLUMN picture_id INTEGER;
ALTER TABLE script_schedule ADD COLUMN picture_run_id INTEGER;
DROP INDEX IF EXISTS script_schedule_due;
CREATE INDEX script_schedule_due ON script_schedule(lang, due_at_ms) WHERE run_id IS NULL AND paused_at IS NULL;
CREATE INDEX script_schedule_off ON script_schedule(script_id) WHERE due_at_ms IS NULL;
CREATE INDEX script_schedule_paused ON script_schedule(script_id) WHERE paused_at IS NOT NULL;
CREATE INDEX script_schedule_failing ON script_schedule(failures) WHERE failures > 0;

CREATE TABLE store_state (
  id INTEGER PRIMARY KEY CHECK(id = 1),
  paused_at TEXT,
  skew_ms INTEGER
);

CREATE TABLE run_requests (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  script_id INTEGER NOT NULL REFERENCES improvement_scripts(id) ON DELETE CASCADE,
  requested_at TEXT NOT NULL,
  run_id INTEGER
);
CREATE INDEX run_requests_waiting ON run_requests(script_id) WHERE run_id IS NULL;
CREATE INDEX run_requests_served ON run_requests(requested_at) WHERE run_id IS NOT NULL;

CREATE TABLE script_versions (
  script_id INTEGER NOT NULL REFERENCES improvement_scripts(id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  lang TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  replaced_at TEXT NOT NULL,
  code TEXT NOT NULL,
  PRIMARY KEY (script_id, version)
);

CREATE TABLE workers (
  id TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  boot TEXT NOT NULL,
  version TEXT NOT NULL,
  started_at TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  seen_at_ms INTEGER NOT NULL,
  stopped_at TEXT,
  state TEXT NOT NULL
);

CREATE TABLE cartridge_roots (
  id INTEGER PRIMARY KEY,
  uri TEXT NOT NULL,
  host TEXT NOT NULL,
  UNIQUE (uri, host)
);

CREATE TABLE cartridges (
  id INTEGER PRIMARY KEY,
  root_id INTEGER REFERENCES cartridge_roots(id),
  key TEXT NOT NULL,
  script_id INTEGER,
  bytes INTEGER,
  first_run_id INTEGER NOT NULL,
  last_run_id INTEGER NOT NULL
);
INSERT INTO cartridges (id, key, script_id, first_run_id, last_run_id)
  SELECT ${FIRST_OTHER_ID} - 1 + row_number() OVER (ORDER BY first), key, script_id, first, last FROM (
    SELECT key, script_id, min(id) AS first, max(id) AS last FROM (
      SELECT id, script_id, substr(cartridge_path, length(rtrim(cartridge_path, replace(cartridge_path, '/', ''))) + 1) AS key
      FROM improvement_runs WHERE typeof(cartridge_path) = 'text' AND length(cartridge_path) BETWEEN 1 AND 4096)
    WHERE key <> '' GROUP BY key, script_id);
CREATE INDEX cartridges_key ON cartridges(key) WHERE id < 0;
CREATE INDEX cartridges_script ON cartridges(script_id, last_run_id);

CREATE TRIGGER script_schedule_removed AFTER DELETE ON script_schedule WHEN old.picture_id IS NOT NULL
BEGIN
  UPDATE cartridges SET last_run_id = old.picture_run_id WHERE id = old.picture_id;
END;

CREATE TABLE run_blocks (
  block INTEGER PRIMARY KEY,
  first_at TEXT NOT NULL,
  last_at TEXT NOT NULL
);
CREATE TABLE open_runs (
  script_id INTEGER NOT NULL,
  run_id INTEGER NOT NULL,
  PRIMARY KEY (script_id, run_id)
) WITHOUT ROWID;
${summarizeBlocks("0", "((SELECT max(id) FROM improvement_runs WHERE id < 9223372036854775807) >> 10) - 1")};
INSERT INTO open_runs SELECT script_id, id FROM improvement_runs
  WHERE finished_at IS NULL AND script_id IS NOT NULL AND id < ${TAIL_START};

CREATE INDEX improvement_runs_failed ON improvement_runs(script_id, started_at) WHERE success = 0;
CREATE INDEX improvement_runs_failed_at ON improvement_runs(started_at) WHERE success = 0;

DROP TRIGGER IF EXISTS improvement_scripts_removed;
CREATE TRIGGER improvement_scripts_removed AFTER DELETE ON improvement_scripts
BEGIN
  DELETE FROM script_options WHERE script_id = old.id;
  DELETE FROM script_schedule WHERE script_id = old.id;
  DELETE FROM script_renders WHERE script_id = old.id;
  DELETE FROM script_versions WHERE script_id = old.id;
  DELETE FROM run_requests WHERE script_id = old.id;
END;

DROP TRIGGER IF EXISTS script_options_added;
CREATE TRIGGER script_options_added AFTER INSERT ON script_options
BEGIN
  UPDATE script_schedule SET due_at_ms = 0, failures = 0, cron_at_ms = NULL
    WHERE script_id = new.script_id AND due_at_ms IS NOT NULL;
END;

DROP TRIGGER IF EXISTS script_options_edited;
CREATE TRIGGER script_options_edited AFTER UPDATE ON script_options
BEGIN
  UPDATE script_schedule SET due_at_ms = 0, failures = 0, cron_at_ms = NULL
    WHERE script_id = new.script_id AND due_at_ms IS NOT NULL;
END;

DROP TRIGGER IF EXISTS script_options_removed;
CREATE TRIGGER script_options_removed AFTER DELETE ON script_options
BEGIN
  UPDATE script_schedule SET due_at_ms = 0, failures = 0, cron_at_ms = NULL
    WHERE script_id = old.script_id AND due_at_ms IS NOT NULL;
END;

CREATE TRIGGER improvement_scripts_replaced AFTER UPDATE OF lang, code ON improvement_scripts
WHEN old.lang IS NOT new.lang OR old.code IS NOT new.code
BEGIN
  INSERT INTO script_versions (script_id, version, lang, bytes, replaced_at, code)
    SELECT old.id, coalesce(max(version), 0) + 1, coalesce(old.lang, ''), length(CAST(coalesce(old.code, '') AS BLOB)),
      strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce(old.code, '')
    FROM script_versions WHERE script_id = old.id;
  DELETE FROM script_versions WHERE script_id = old.id
    AND version < (SELECT max(version) FROM script_versions WHERE script_id = old.id)
    AND (version <= (SELECT max(version) FROM script_versions WHERE script_id = old.id) - ${MAX_VERSIONS}
      OR (SELECT sum(bytes) FROM script_versions AS newer
        WHERE newer.script_id = old.id AND newer.version >= script_versions.version) > ${MAX_VERSION_BYTES});
END;
`;

/** Columns of the tables that a reader shows as empty for a database of an earlier version. */
export const OPERATIONS_TABLES: Readonly<Record<string, readonly string[]>> = {
  store_state: ["id", "paused_at", "skew_ms"],
  run_requests: ["id", "script_id", "requested_at", "run_id"],
  script_versions: ["script_id", "version", "lang", "bytes", "replaced_at", "code"],
  workers: [
    "id",
    "host",
    "pid",
    "boot",
    "version",
    "started_at",
    "seen_at",
    "seen_at_ms",
    "stopped_at",
    "state",
  ],
  run_blocks: ["block", "first_at", "last_at"],
  open_runs: ["script_id", "run_id"],
  cartridge_roots: ["id", "uri", "host"],
  cartridges: ["id", "root_id", "key", "script_id", "bytes", "first_run_id", "last_run_id"],
};
