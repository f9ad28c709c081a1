// The real gvpie command, for the cases about operators.
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { CleanupContext } from "./fault-case.ts";
import { killAt } from "./kill-server.ts";
import { startNode } from "./servers.ts";

const GVPIE = fileURLToPath(new URL("../../../apps/gvpie/src/main.ts", import.meta.url));

/** The outcome of a command. */
export interface CommandResult {
  /** Exit code, or the signal that ended it. */
  readonly exit: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs gvpie to its end, or until it passes a failpoint for the nth time. */
export async function runGvpie(
  context: CleanupContext,
  args: readonly string[],
  kill?: { readonly name: string; readonly hit: number },
): Promise<CommandResult> {
  const command = startNode(context, GVPIE, args, kill && killAt(kill));
  const exit = await command.exited;
  return { exit, stdout: command.stdout, stderr: command.stderr };
}

/** Works on a database through a connection of its own. */
export function withDatabase<T>(path: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** Returns the first column of all rows as text. */
export function column(path: string, sql: string, ...values: SQLInputValue[]): string[] {
  return withDatabase(path, (database) =>
    database
      .prepare(sql)
      .all(...values)
      .map((row) => String(Object.values(row)[0])),
  );
}

/** Returns what is wrong with the database at a path; empty if it is sound. */
export function unsound(path: string): string[] {
  try {
    return column(path, "PRAGMA integrity_check").filter((found) => found !== "ok");
  } catch (error) {
    return [String(error)];
  }
}
