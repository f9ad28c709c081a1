import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { migrate, readSchema } from "./sqlite-migrations.ts";
import type { Tables } from "./tables.ts";

/** Returns the SQL that creates the tables in an empty database. `openStore` opens a database made with it. */
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
