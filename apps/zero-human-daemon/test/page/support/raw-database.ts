import Database from "better-sqlite3";

/** Works on a database as another tool would. */
export function asDatabase<T>(path: string, work: (database: Database.Database) => T): T {
  const database = new Database(path);
  try {
    return work(database);
  } finally {
    database.close();
  }
}
