import { cartridgeFileName } from "@gvpie/cartridge";
import { coalesce, failpoint } from "@gvpie/file-socket/process";
import {
  closeSync,
  fstatSync,
  fsync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { createEncoder } from "./encoder.ts";
import { RunError } from "./errors.ts";
import { makeDirectory } from "./make-directory.ts";
import { isAbandoned, newOwnedName } from "./owned-names.ts";
import { parseCartridgeName, type ClaimedRun, type ScriptStore } from "./store/index.ts";
import type { Drawing } from "./types.ts";

const flush = promisify(fsync);
const STAGING = ".gvpie-staging-";
/** Names that are looked up at a time. */
const LOOKUP = 64;

/** The cartridge of one run. */
export interface SavedCartridge {
  readonly path: string;
  /** Undefined if an earlier run wrote the file. */
  readonly fingerprint: string | undefined;
  /** Undefined if an earlier run wrote the file. */
  readonly bytes: number | undefined;
}

/** The folder that cartridges are saved in. */
export interface CartridgeFolder {
  /** Saves a drawing; the file is complete and durable when this resolves. */
  save(run: ClaimedRun, drawing: Drawing, engine: string): Promise<SavedCartridge>;
  /** Removes the staging files of processes that died, and yields their paths. Touches no other file. */
  sweep(): AsyncGenerator<string>;
  /** Yields the paths of cartridges that the store does not know: their process died after saving and before recording. */
  orphans(signal: AbortSignal): AsyncGenerator<string>;
}

export function createCartridgeFolder(options: {
  readonly folder: string;
  readonly store: ScriptStore;
  /** True to write a file for every run, even if an earlier one holds the same drawing. */
  readonly saveAlways: boolean;
  /** False if the folder must exist. */
  readonly create: boolean;
}): CartridgeFolder {
  const { folder, store, saveAlways, create } = options;
  const flushFolder = coalesce(async () => {
    const descriptor = openSync(folder, "r");
    try {
      failpoint("daemon/folder/before-fsync");
      await flush(descriptor);
      failpoint("daemon/folder/after-fsync");
    } finally {
      closeSync(descriptor);
    }
  });

  async function stage(bytes: Uint8Array): Promise<string> {
    const path = join(folder, newOwnedName(STAGING));
    failpoint("daemon/cartridge/before-create");
    const descriptor = openSync(path, "wx");
    try {
      failpoint("daemon/cartridge/before-write");
      for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
      failpoint("daemon/cartridge/after-write");
      const { size } = fstatSync(descriptor);
      if (size !== bytes.length) throw new Error(`${path}: expected ${bytes.length} bytes, got ${size}`);
      failpoint("daemon/cartridge/before-fsync");
      await flush(descriptor);
      failpoint("daemon/cartridge/after-fsync");
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
    return path;
  }

  async function publish(run: ClaimedRun, bytes: Uint8Array): Promise<string> {
    const staged = await stage(bytes);
    const path = unusedPath(run);
    failpoint("daemon/cartridge/before-rename");
    renameSync(staged, path);
    failpoint("daemon/cartridge/after-rename");
    await flushFolder();
    return path;
  }

  /** Returns a path with the time of the run. A file of another database may have that path; then the time is increased. */
  function unusedPath({ runId, startedAt, script }: ClaimedRun): string {
    for (let time = Date.parse(startedAt); ; time++) {
      const path = join(folder, cartridgeFileName({ name: script.name, time, run: runId }));
      if (!lstatSync(path, { throwIfNoEntry: false })) return path;
    }
  }

  return {
    async save(run, drawing, engine) {
      await using encoder = createEncoder(drawing);
      const fingerprint = await encoder.fingerprint();
      const earlier = saveAlways ? undefined : await store.findRender(run.script.id, fingerprint);
      if (earlier !== undefined && statSync(earlier, { throwIfNoEntry: false })?.isFile()) {
        return { path: earlier, fingerprint: undefined, bytes: undefined };
      }
      const bytes = await encoder.encode(engine);
      try {
        return { path: await publish(run, bytes), fingerprint, bytes: bytes.length };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        // The folder does not exist yet, or another process removed it or the staging file.
        makeFolder(folder, create);
        return { path: await publish(run, bytes), fingerprint, bytes: bytes.length };
      }
    },

    async *sweep() {
      for await (const name of namesIn(folder, create)) {
        if (!isAbandoned(STAGING, name)) continue;
        const path = join(folder, name);
        failpoint("daemon/sweep/before-unlink");
        rmSync(path, { force: true });
        failpoint("daemon/sweep/after-unlink");
        yield path;
      }
    },

    async *orphans(signal) {
      const unknown = async (names: readonly string[]): Promise<string[]> => {
        await setImmediate();
        const orphans = signal.aborted ? [] : await store.findOrphans(folder, names);
        return orphans.map((name) => join(folder, name));
      };
      let names: string[] = [];
      for await (const name of namesIn(folder, create)) {
        if (parseCartridgeName(name) === undefined || names.push(name) < LOOKUP) continue;
        yield* await unknown(names);
        if (signal.aborted) return;
        names = [];
      }
      if (names.length > 0) yield* await unknown(names);
    },
  };
}

/** @throws {RunError} `CARTRIDGE_NO_FOLDER`. */
function makeFolder(folder: string, create: boolean): void {
  if (create) return makeDirectory(folder);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const message = `expected a directory for cartridges at ${folder}, got nothing: mount its volume, or create it`;
  throw new RunError("CARTRIDGE_NO_FOLDER", message);
}

async function* namesIn(folder: string, create: boolean): AsyncGenerator<string> {
  makeFolder(folder, create);
  for await (const { name } of await opendir(folder, { bufferSize: 1_024 })) yield name;
}
