import { failpoint } from "@gvpie/file-socket/process";
import { hostname } from "node:os";
import { setImmediate } from "node:timers/promises";
import { folderOf } from "./cartridge-root.ts";
import { createCartridges } from "./cartridges.ts";
import type { StoreDatabase } from "./database.ts";
import type { CartridgeReader, History, HistoryReader, PruneRules } from "./operation-types.ts";
import { BEFORE_IDS, createPruning, type Slice } from "./prune.ts";
import { checkPruneRules } from "./run-filter.ts";
import { toId } from "./script-columns.ts";
import type { Scripts } from "./scripts.ts";
import type { RowId } from "./types.ts";

const BATCH = 500;

/** Counts the runs to delete. */
export function createHistoryReader(
  database: Pick<StoreDatabase, "builder" | "read">,
  scripts: Scripts,
): HistoryReader {
  const pruning = createPruning(database.builder, scripts);
  return {
    async countPrunable(rules) {
      checkPruneRules(rules);
      let runs = 0;
      for (let after: RowId | undefined = BEFORE_IDS; after !== undefined;) {
        const from: RowId = after;
        const slice: Slice = await database.read(() => pruning.count(rules, from));
        runs += slice.runs;
        ({ after } = slice);
        await setImmediate();
      }
      return runs;
    },
  };
}

/** Lists the files of cartridges. */
export function createCartridgeReader(database: Pick<StoreDatabase, "builder" | "read">): CartridgeReader {
  const cartridges = createCartridges(database.builder);
  return {
    listCartridges: ({ after = BEFORE_IDS, limit = 1_000, unused = false } = {}) =>
      database.read(() => cartridges.list(after, limit, unused)),
    async listCartridgeFolders() {
      const roots = await database.read(() => cartridges.folders());
      const host = hostname();
      return roots.filter((root) => root.host === host).flatMap((root) => folderOf(root.uri ?? "") ?? []);
    },
    async findNamedFiles(names) {
      const found = new Set<string>();
      if (names.size === 0) return found;
      for (let after: RowId | undefined = BEFORE_IDS; after !== undefined;) {
        const page = await database.read(() => cartridges.namesOfRuns(after ?? BEFORE_IDS));
        for (const { key } of page) if (key !== null && names.has(key)) found.add(key);
        const last = page.at(-1);
        after = last && toId(last.id);
      }
      return found;
    },
  };
}

/** Deletes runs. */
export function createHistory(
  database: Pick<StoreDatabase, "builder" | "read" | "write">,
  scripts: Scripts,
): History {
  const pruning = createPruning(database.builder, scripts);
  /** The rules of the last call, and the script after which it ended. */
  let last = { rules: "", after: BEFORE_IDS as RowId };

  return {
    async pruneRuns(rules, limit = BATCH) {
      checkPruneRules(rules);
      const key = keyOf(rules);
      const start = last.rules === key ? last.after : BEFORE_IDS;
      let after = start;
      let isAgain = start === BEFORE_IDS;
      for (;;) {
        // Looking for runs does not hold the lock that claims and records need, and other work gets its turn in between.
        const from = after;
        const slice = await database.read(() => pruning.find(rules, from, limit));
        if (slice.scripts.length > 0) {
          const removed = await database.write(function* () {
            const count = yield* pruning.remove(rules, slice.scripts, limit);
            failpoint("daemon/prune/before-commit");
            return count;
          });
          failpoint("daemon/prune/after-commit");
          last = { rules: key, after: slice.after ?? BEFORE_IDS };
          if (removed > 0) return removed;
        }
        if (slice.after === undefined && isAgain) {
          last = { rules: "", after: BEFORE_IDS };
          return 0;
        }
        isAgain ||= slice.after === undefined;
        after = slice.after ?? BEFORE_IDS;
        await setImmediate();
      }
    },
  };
}

function keyOf({ olderThan, keep, script }: PruneRules): string {
  return JSON.stringify([olderThan, keep, script]);
}
