import { type FuzzTarget, textMutator } from "@gvpie/testing/fuzz";
import { createDatabase, openTwice, schemas } from "./support/store-target.ts";

const DICTIONARY = [
  ..."INTEGER TEXT BLOB REAL ANY NULL NOT UNIQUE PRIMARY KEY AUTOINCREMENT CHECK DEFAULT COLLATE NOCASE".split(
    " ",
  ),
  ..."improvement_scripts improvement_runs script_options script_claims kysely_migration sqlite_sequence".split(
    " ",
  ),
  ..."id name lang code enabled created_at run_count success script_id started_at pixel gvpie python perl".split(
    " ",
  ),
  ..."x'00ff' 1e300 -1 9223372036854775807 'a' ''  x'ed a080' WITHOUT ROWID STRICT GENERATED ALWAYS AS".split(
    " ",
  ),
  "CREATE VIEW improvement_runs AS SELECT 1 AS id;\n",
  "CREATE TRIGGER t AFTER UPDATE ON improvement_scripts BEGIN DELETE FROM improvement_runs; END;\n",
  "CREATE INDEX i ON improvement_runs(script_id);\n",
  "ALTER TABLE improvement_scripts DROP COLUMN run_count;\n",
  "ALTER TABLE improvement_runs RENAME TO other;\n",
  "DROP TABLE improvement_runs;\n",
  "PRAGMA user_version = 7;\n",
  "PRAGMA application_id = 99;\n",
  "PRAGMA encoding = 'UTF-16';\n",
  "CREATE TRIGGER t BEFORE INSERT ON script_schedule BEGIN SELECT 1; END;\n",
  "CREATE TABLE tags (s INTEGER REFERENCES improvement_scripts(id) ON DELETE CASCADE);\n",
  "CREATE TRIGGER u AFTER DELETE ON tags BEGIN SELECT 1; END;\n",
  "CREATE INDEX e ON improvement_runs(length(stdout));\n",
  "ALTER TABLE improvement_runs ADD COLUMN g AS (stdout || stderr);\n",
  "ALTER TABLE improvement_runs ADD COLUMN c CHECK (stdout LIKE 'a%b');\n",
  "DROP TRIGGER improvement_scripts_edited;\n",
  "UPDATE improvement_scripts SET enabled = 'true';\n",
  "UPDATE improvement_scripts SET id = 9007199254740993 WHERE id < 3;\n",
  "UPDATE improvement_scripts SET id = -9223372036854775807 - 1 WHERE id = 1;\n",
  "UPDATE sqlite_sequence SET seq = 9223372036854775807;\n",
  "INSERT INTO improvement_runs (id, script_id, started_at) VALUES (9223372036854775807, 1, 0);\n",
  "INSERT INTO improvement_scripts (id, name, lang, code) VALUES (0, 'zero', 'pixel', zeroblob(99));\n",
  "INSERT INTO improvement_scripts VALUES (3,'x','pixel',x'ff',1,5,NULL,'many',1e9);\n",
];
const mutateSql = textMutator(DICTIONARY, 8_192);

export const target: FuzzTarget = {
  reads: "databases of other tools, made by SQL, opened and migrated",
  maxCorpusBytes: 4_096,
  weight: 1,
  seeds: async () => (await schemas()).map((sql) => Buffer.from(sql)),
  mutate: (input, other, random) =>
    Buffer.from(mutateSql(Buffer.from(input).toString(), Buffer.from(other).toString(), random)),
  run: (input) => {
    createDatabase(Buffer.from(input).toString());
    return openTwice();
  },
};
