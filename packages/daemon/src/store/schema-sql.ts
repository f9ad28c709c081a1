import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { migrate, readSchema } from "./sqlite-migrations.ts";
import type { Tables } from "./tables.ts";

/** The SQL that makes the tables of an empty database, as `gvpie db schema` prints it. A database made with it opens. */
export async function schemaSql(): Promise<string> {
  const database = new Database(":memory:");
  try {
    const builder = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
    database.exec("BEGIN");
    await migrate(database, builder, ":memory:");
    return `${readSchema(database).join(";\n\n")};\n`;
  } finally {
    database.close();
  }
}
