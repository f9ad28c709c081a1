import { encodeCartridge, cartridgeFileName } from "@gvpie/cartridge";
import {
  closeSync,
  fstatSync,
  fsync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { opendir } from "node:fs/promises";
import { basename, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { failpoint } from "./failpoint.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { isLeftBehind, newOwnName } from "./own-name.ts";
import type { ClaimedRun, ScriptStore } from "./store/index.ts";
import type { Drawing } from "./types.ts";

const flush = promisify(fsync);
const STAGING = ".gvpie-staging-";
/** `<slug>_<unix milliseconds>_<run id>.png` */
const CARTRIDGE_NAME = /_\d{1,16}_(\d{1,16})\.png$/;

/** Where a run's picture is. */
export interface SavedCartridge {
  readonly path: string;
  /** Undefined where an earlier run wrote the file. */
  readonly fingerprint: string | undefined;
}

/** The folder that cartridges are saved in. */
export interface CartridgeFolder {
  /** Saves what a run drew; when this resolves, the file is whole and durable. */
  save(run: ClaimedRun, drawing: Drawing, engine: string): Promise<SavedCartridge>;
  /** Removes the staging files of processes that died, and nothing else. */
  sweep(): AsyncGenerator<string>;
  /** Finds the cartridges that no run names: what a process left that died after saving and before recording. */
  orphans(signal: AbortSignal): AsyncGenerator<string>;
}

export function createCartridgeFolder(options: {
  readonly folder: string;
  readonly store: ScriptStore;
  /** Whether the same picture from the same program is saved again. */
  readonly always: boolean;
}): CartridgeFolder {
  const { folder, store, always } = options;
  const flushFolder = shared(async () => {
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
    const path = join(folder, newOwnName(STAGING));
    failpoint("daemon/cartridge/before-create");
    const descriptor = openSync(path, "wx");
    try {
      failpoint("daemon/cartridge/before-write");
      for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
      failpoint("daemon/cartridge/after-write");
      const { size } = fstatSync(descriptor);
      if (size !== bytes.length) throw new Error(`${path} has ${size} bytes instead of ${bytes.length}`);
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

  async function write(run: ClaimedRun, bytes: Uint8Array): Promise<string> {
    const staged = await stage(bytes);
    const path = freePath(run);
    failpoint("daemon/cartridge/before-rename");
    renameSync(staged, path);
    failpoint("daemon/cartridge/after-rename");
    await flushFolder();
    return path;
  }

  /** A run's name is its own, unless two databases share the folder. */
  function freePath({ runId, startedAt, script }: ClaimedRun): string {
    for (let time = Date.parse(startedAt); ; time++) {
      const path = join(folder, cartridgeFileName({ name: script.name, time, run: runId }));
      if (!lstatSync(path, { throwIfNoEntry: false })) return path;
    }
  }

  return {
    async save(run, drawing, engine) {
      const fingerprint = fingerprintOf(drawing);
      const earlier = always ? undefined : await store.findRender(run.script.id, fingerprint);
      if (earlier !== undefined && statSync(earlier, { throwIfNoEntry: false })?.isFile()) {
        return { path: earlier, fingerprint: undefined };
      }
      const { frame, program, background, params } = drawing;
      const bytes = await encodeCartridge(frame, { program, background, params, engine });
      try {
        return { path: await write(run, bytes), fingerprint };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        // The folder is not there yet, or somebody removed it or the staging file.
        mkdirSync(folder, { recursive: true });
        return { path: await write(run, bytes), fingerprint };
      }
    },

    async *sweep() {
      for await (const name of namesIn(folder)) {
        if (!isLeftBehind(STAGING, name)) continue;
        const path = join(folder, name);
        failpoint("daemon/sweep/before-unlink");
        rmSync(path, { force: true });
        failpoint("daemon/sweep/after-unlink");
        yield path;
      }
    },

    async *orphans(signal) {
      let looked = 0;
      for await (const name of namesIn(folder)) {
        const [, runId] = CARTRIDGE_NAME.exec(name) ?? [];
        if (runId === undefined) continue;
        if (++looked % 64 === 0) await setImmediate();
        if (signal.aborted) return;
        const run = await store.getRun(Number(runId));
        const isNamed = run && (run.finishedAt === undefined || basename(run.cartridgePath ?? "") === name);
        if (!isNamed) yield join(folder, name);
      }
    },
  };
}

async function* namesIn(folder: string): AsyncGenerator<string> {
  mkdirSync(folder, { recursive: true });
  for await (const { name } of await opendir(folder, { bufferSize: 1_024 })) yield name;
}

/** Work that many ask for at once and that serves all who asked before it began. */
function shared(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    next = undefined;
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (!running) return start();
    next ??= running.then(start, start);
    return next;
  };
}
