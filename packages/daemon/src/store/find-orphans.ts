import { lstatSync } from "node:fs";
import { basename, join } from "node:path";
import { createCartridgeFiles } from "./cartridge-files.ts";
import { parseCartridgeName } from "./cartridge-name.ts";
import { folderOf, rootOf, type CartridgeRoot } from "./cartridge-root.ts";
import { createCartridges } from "./cartridges.ts";
import type { StoreDatabase } from "./database.ts";
import type { Cartridges } from "./operation-types.ts";
import type { Runs } from "./runs.ts";
import type { Steps } from "./statement.ts";
import type { RowId } from "./types.ts";

/** Finds the files of a folder that no row refers to, and records the place of files without one. */
export function createOrphanFinder(
  database: Pick<StoreDatabase, "builder" | "read" | "write">,
  runs: Pick<Runs, "get">,
): Cartridges["findOrphans"] {
  const cartridges = createCartridges(database.builder);
  const files = createCartridgeFiles(database.builder);

  function* adopt(id: RowId, root: CartridgeRoot): Steps<void> {
    yield* cartridges.setRoot(id, yield* files.rootId(root));
  }

  return async (folder, names) => {
    const root = rootOf(folder);
    const orphans: string[] = [];
    const changes: (() => Steps<void>)[] = [];

    function* look(name: string): Steps<void> {
      const rows = yield* cartridges.named(name);
      if (rows.some((row) => row.uri === root.uri && row.host === root.host)) return;
      const moved = rows.find((row) => row.uri === null || (row.host === root.host && isGone(row.uri, name)));
      if (moved) return void changes.push(() => adopt(moved.id, root));
      const id = parseCartridgeName(name)?.run;
      const run = id === undefined ? undefined : yield* runs.get(id);
      const isSaving = run !== undefined && run.finishedAt === undefined;
      if (isSaving) return;
      if (rows.length > 0 || run === undefined || basename(run.cartridgePath ?? "") !== name) {
        return void orphans.push(name);
      }
      changes.push(() => files.add({ root, key: name, script: run.scriptId, runId: run.id }));
    }

    await database.read(function* () {
      for (const name of names) yield* look(name);
    });
    if (changes.length > 0) {
      await database.write(function* () {
        for (const change of changes) yield* change();
      });
    }
    return orphans;
  };
}

/** True if no file has this name in the folder with the URL. */
function isGone(uri: string, name: string): boolean {
  const folder = folderOf(uri);
  try {
    return folder !== undefined && lstatSync(join(folder, name), { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}
