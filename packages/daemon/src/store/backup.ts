import { lstatSync, realpathSync, statSync, type Stats } from "node:fs";
import { resolve } from "node:path";
import { copyStore, type OnStoreProgress, type StoreContents } from "./copy-store.ts";
import { StoreError } from "./errors.ts";
import { refuseForeignPath } from "./foreign-path.ts";
import { attempt, createNewFile } from "./new-file.ts";
import { requireReadable } from "./read-connection.ts";
import { SIDE_FILES } from "./sqlite-files.ts";

/** Options of `backupStore`. */
export interface BackupOptions {
  /** Path of the database. */
  readonly path: string;
  /** Path of the backup. */
  readonly to: string;
  /** Replace a file at `to`. Default false. */
  readonly replace?: boolean;
  /** Milliseconds to wait for the lock of another process. Default 2,000. */
  readonly busyTimeoutMs?: number;
  readonly onProgress?: OnStoreProgress;
}

/**
 * Writes a verified copy of a database, as it is at one moment, while other processes write it. The copy is one file, with the mode
 * of the database, and has its name only once it is complete and on the disk.
 *
 * @throws {StoreError} `STORE_EXISTS` without `replace`; `STORE_FULL`, `STORE_CORRUPT` and others of `openReader`.
 */
export async function backupStore(
  options: BackupOptions,
): Promise<StoreContents & { readonly bytes: number }> {
  const path = resolve(options.path);
  const to = resolve(options.to);
  refuseForeignPath(to);
  requireReadable(path);
  const original = statSync(path);
  refuseTarget(path, original, to, options.replace ?? false);
  const file = createNewFile(to, original);
  try {
    const contents = await copyStore(path, file, options);
    const { size } = statSync(file.path);
    refuseTarget(path, original, to, options.replace ?? false);
    file.publish({ replace: options.replace ?? false });
    return { ...contents, bytes: size };
  } finally {
    file.discard();
  }
}

function refuseTarget(path: string, original: Stats, to: string, replace: boolean): void {
  const found = attempt(to, () => lstatSync(to, { throwIfNoEntry: false }));
  const target = attempt(to, () => statSync(to, { throwIfNoEntry: false }));
  if (target !== undefined && target.dev === original.dev && target.ino === original.ino) {
    throw new StoreError("STORE_EXISTS", `${to}: expected another file than the database; name another one`);
  }
  if (SIDE_FILES.some((suffix) => to === realpathSync(path) + suffix || to === path + suffix)) {
    throw new StoreError("STORE_EXISTS", `${to}: SQLite uses this name for the database; name another file`);
  }
  if (found !== undefined && !found.isFile()) {
    const kind = found.isDirectory() ? "a folder; name a file in it" : "not a file; name another one";
    throw new StoreError("STORE_EXISTS", `${to}: it is ${kind}`);
  }
  if (found !== undefined && !replace) {
    throw new StoreError(
      "STORE_EXISTS",
      `${to}: the file exists; name another one, or replace it with --force`,
    );
  }
  refuseSideFiles(to);
}

/** Refuses a path at which SQLite would apply the log of another database to a file. */
function refuseSideFiles(to: string): void {
  const side = SIDE_FILES.map((suffix) => to + suffix).find(
    (file) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0,
  );
  if (side === undefined) return;
  const fact = "it belongs to a database that had this name, and SQLite would apply it to the backup";
  throw new StoreError("STORE_EXISTS", `${side}: ${fact}; name another file`);
}
