import { mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { openStore, restoreStore, StoreError } from "@gvpie/daemon/store";
import { formatCount, sum } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { column, runGvpie, unsound } from "../harness/operator-command.ts";
import { harnessPath, startNode } from "../harness/servers.ts";
import { formatViolations } from "../harness/verdict.ts";

interface Outcome {
  readonly restored: number;
  /** Restores that were refused, because a process had the database open. */
  readonly refused: number;
  /** Scripts that the processes have added. */
  readonly added: number;
  readonly violations: readonly string[];
}

/** Errors that a process may get that opens a database while it is restored. */
const EXPECTED: ReadonlySet<string> = new Set(["STORE_LOCKED", "STORE_MOVED"]);

export const restoredWhileOpened = defineCase<Outcome>({
  number: 50,
  fault: "a database is restored while processes open it, write and close it",
  required:
    "each restore succeeds or is refused; what a process has written is in the database or in one that was kept: 200 restores, 0 lost, 0 damaged",
  async run(context) {
    const root = dirname(context.newSocketPath());
    const folder = join(root, "db");
    mkdirSync(folder);
    const path = join(folder, "daemon.db");
    const backup = join(root, "b.db");
    await (await openStore({ path })).close();
    await runGvpie(context, ["db", "backup", backup, "--db", path]);
    const writers = ["a", "b"].map((name) =>
      startNode(context, harnessPath("opening-writer.ts"), [JSON.stringify({ path, name })]),
    );
    for (const writer of writers) await writer.waitForMessage("added");
    const violations: string[] = [];
    let restored = 0;
    let refused = 0;
    while (restored < context.count(200, 6)) {
      try {
        await restoreStore({ path, from: backup, busyTimeoutMs: 20 });
        restored++;
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== "STORE_LOCKED") throw error;
        refused++;
      }
    }
    for (const writer of writers) await writer.kill("SIGTERM");
    const databases = readdirSync(folder)
      .filter((name) => !/-(?:wal|shm|journal)$/.test(name))
      .map((name) => join(folder, name));
    const found = new Set<string>();
    for (const file of databases) {
      violations.push(...unsound(file).map((one) => `${file}: ${one}`));
      for (const name of column(file, "SELECT name FROM improvement_scripts")) found.add(name);
    }
    const messages = writers.flatMap((writer) => writer.messages);
    const added = messages.flatMap(({ type, name }) => (type === "added" ? [String(name)] : []));
    violations.push(
      ...added.filter((name) => !found.has(name)).map((name) => `the script ${name} is lost`),
      ...messages.flatMap(({ type, code }) =>
        type === "refused" && !EXPECTED.has(String(code)) ? [`a process got ${String(code)}`] : [],
      ),
    );
    context.record({ restored, refused, added: added.length, violations });
  },
  evaluate(observations) {
    const violations = observations.flatMap((one) => one.violations);
    const total = (field: "restored" | "refused" | "added"): number =>
      sum(observations.map((one) => one[field]));
    return {
      summary: [
        `${formatCount(total("restored"))} restores, ${formatCount(total("refused"))} refused as the database was open`,
        `${formatCount(total("added"))} scripts written meanwhile`,
        formatViolations(violations),
      ].join("; "),
      isMet: violations.length === 0 && total("restored") > 0 && total("added") > 0,
    };
  },
});
