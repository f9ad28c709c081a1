import type { Database } from "better-sqlite3";

/** Runs a query and returns its rows as arrays. */
export type Query = <T extends unknown[]>(sql: string, ...values: string[]) => T[];

/** Returns the {@link Query} of a connection. */
export function queryOf(database: Database): Query {
  return <T extends unknown[]>(sql: string, ...values: string[]) =>
    database
      .prepare<string[], T>(sql)
      .raw()
      .all(...values);
}
