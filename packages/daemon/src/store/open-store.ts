import { failpoint } from "@gvpie/file-socket/process";
import { checkOptions, describeValue } from "@gvpie/pxl-parser";
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import type { BrowseReader } from "./browse-types.ts";
import { createBrowse } from "./browse.ts";
import { createClaims } from "./claims.ts";
import { systemClock, type Clock } from "./clock.ts";
import type { StoreDatabase, WriteOptions } from "./database.ts";
import { createDueScripts } from "./due-scripts.ts";
import { createOrphanFinder } from "./find-orphans.ts";
import { createGivingUp } from "./give-up-cartridges.ts";
import { createCartridgeReader, createHistory, createHistoryReader } from "./history.ts";
import { createOutcomes } from "./outcomes.ts";
import { createRuns } from "./runs.ts";
import { createScripts, type Scripts } from "./scripts.ts";
import { openSqlite } from "./sqlite.ts";
import { openSqliteReader, type ReadableDatabase } from "./sqlite-reader.ts";
import { createOverview } from "./overview.ts";
import { createSteering, type SteeringSteps } from "./steering.ts";
import { createStoreTime, type StoreTime } from "./store-time.ts";
import type { Steps } from "./statement.ts";
import { createVersions } from "./versions.ts";
import { createWallClock, type WallClock } from "./wall-clock.ts";
import { createWorkers, type Workers } from "./workers.ts";
import type { CartridgeReader, HistoryReader, OverviewReader, SteeringReader } from "./operation-types.ts";
import type { ReaderOptions, ScriptStore, StoreOptions, StoreReader } from "./store-types.ts";
import type { ClaimedRun, RunOutcome } from "./types.ts";

/** A number greater than every id. */
const BEYOND_IDS = 1e19;

const READER_OPTION_NAMES: ReadonlySet<string> = new Set<keyof ReaderOptions>(["path", "busyTimeoutMs"]);
const STORE_OPTION_NAMES: ReadonlySet<string> = new Set<keyof StoreOptions>([
  "path",
  "create",
  "synchronous",
  "writable",
  "busyTimeoutMs",
  "clock",
  "keepCopy",
  "onCopy",
]);

/** Milliseconds of the longest wait that SQLite takes. */
const MAX_BUSY_TIMEOUT_MS = 2 ** 31 - 1;

/** @throws {TypeError} or {RangeError} for an unknown option, or a value that would be ignored. */
function checkStoreOptions(options: StoreOptions, names: ReadonlySet<string>): void {
  checkOptions("options", options, names);
  const { path, create, synchronous, writable, keepCopy, busyTimeoutMs } = options;
  if (typeof path !== "string" || path === "") {
    throw new TypeError(`expected path as the path of a file, got ${describeValue(path)}`);
  }
  for (const [name, value] of Object.entries({ create, writable, keepCopy })) {
    if (value === undefined || typeof value === "boolean") continue;
    throw new TypeError(`expected ${name} as a boolean, got ${describeValue(value)}`);
  }
  if (synchronous !== undefined && synchronous !== "full" && synchronous !== "normal") {
    throw new TypeError(`expected synchronous as full or normal, got ${describeValue(synchronous)}`);
  }
  const isTime = Number.isInteger(busyTimeoutMs) && (busyTimeoutMs as number) >= 0;
  if (busyTimeoutMs !== undefined && !(isTime && busyTimeoutMs <= MAX_BUSY_TIMEOUT_MS)) {
    const range = `an integer from 0 to ${MAX_BUSY_TIMEOUT_MS}`;
    throw new RangeError(`expected busyTimeoutMs as ${range}, got ${describeValue(busyTimeoutMs)}`);
  }
}

/**
 * Opens a script store. A missing database is created with one script, `hello_gpu`. A database of an older version, or of a tool
 * that shares the two public tables, is migrated in place, after a copy of it was made.
 *
 * @throws {StoreError} `STORE_MISSING` with `create: false`; `STORE_LOCKED`, `STORE_READ_ONLY`, `STORE_CORRUPT`, `STORE_FOREIGN`,
 * `STORE_NEWER`, `STORE_FULL`, `STORE_IO`. A file that is refused is not changed.
 * @throws {TypeError} or {RangeError} for an option that is unknown or has an invalid value.
 */
export async function openStore(options: StoreOptions): Promise<ScriptStore> {
  checkStoreOptions(options, STORE_OPTION_NAMES);
  return createStore(await openSqlite(options), options);
}

/**
 * Opens a database for reading, without the right to write: of an older version too, and while other processes write it. Creates,
 * migrates and changes nothing.
 *
 * @throws {StoreError} as {@link openStore}. `STORE_READ_ONLY`: a process that died left the file in the middle of a transaction.
 */
export async function openReader(options: ReaderOptions): Promise<StoreReader> {
  checkStoreOptions(options, READER_OPTION_NAMES);
  const database = await openSqliteReader(options);
  return {
    path: resolve(options.path),
    ...readMethods(database, createParts(database.builder, systemClock)),
    close: database.close,
    [Symbol.asyncDispose]: database.close,
  };
}

/** The parts that readers and writers share. */
interface Parts {
  readonly time: StoreTime;
  readonly wallClock: WallClock;
  readonly scripts: Scripts;
  readonly steering: SteeringSteps;
  readonly workers: Workers;
}

function createParts(builder: StoreDatabase["builder"], clock: Clock): Parts {
  const wallClock = createWallClock(builder, clock);
  const time = createStoreTime(builder, clock, wallClock);
  const scripts = createScripts(builder, time, clock);
  const steering = createSteering(builder, scripts, clock);
  return { time, wallClock, scripts, steering, workers: createWorkers(builder, time, clock) };
}

function readMethods(
  database: ReadableDatabase,
  { time, scripts, steering, workers }: Parts,
): Pick<StoreReader, "listScripts" | "getScript" | "listRuns" | "getRun"> &
  SteeringReader &
  OverviewReader &
  HistoryReader &
  BrowseReader &
  CartridgeReader {
  const runs = createRuns(database.builder, scripts);
  const versions = createVersions(database.builder, scripts);
  const readOverview = createOverview(database.builder, time, workers);
  const browse = createBrowse(database.builder, scripts);
  return {
    listScripts: ({ after = -BEYOND_IDS, limit = 1_000 } = {}) =>
      database.read(() => scripts.list(after, limit)),
    getScript: (name) => database.read(() => scripts.get(name)),
    listRuns: (filter = {}) => database.read(() => runs.list(filter)),
    getRun: (id) => database.read(() => runs.get(id)),
    findRequestedRun: (request) => database.read(() => steering.findRequestedRun(request)),
    listVersions: (name) => database.read(() => versions.list(name)),
    getVersion: (name, version) => database.read(() => versions.get(name, version)),
    listWorkers: () => database.read(() => workers.list()),
    readOverview: (options) => database.read(() => readOverview(options)),
    ...createHistoryReader(database, scripts),
    browseScripts: (filter = {}) => database.read(() => browse.scripts(filter)),
    findScript: (id) => database.read(() => browse.script(id)),
    summarizeRuns: (script, limit) => database.read(() => browse.runs(script, limit)),
    listPictures: (script, limit) => database.read(() => browse.pictures(script, limit)),
    findPicture: (id) => database.read(() => browse.picture(id)),
    findPictures: (ids) => database.read(() => browse.picturesOf(ids)),
    ...createCartridgeReader(database),
  };
}

function createStore(database: StoreDatabase, options: StoreOptions): ScriptStore {
  const { builder } = database;
  const clock = options.clock ?? systemClock;
  const parts = createParts(builder, clock);
  const { time, wallClock, scripts, steering, workers } = parts;
  /** Identifies the claims and the heartbeats of this process. */
  const holder = randomUUID();
  const dueScripts = createDueScripts(builder, time);
  const claims = createClaims(builder, { time, clock, wallClock, dueScripts }, holder);
  const outcomes = createOutcomes(builder, time, clock);

  /** Commits the steps, with a failpoint before and after the commit. */
  const commit = async <T>(
    steps: () => Steps<T>,
    before: () => void,
    after: () => void,
    writeOptions: WriteOptions = {},
  ): Promise<T> => {
    const result = await database.write(function* () {
      const value = yield* steps();
      before();
      return value;
    }, writeOptions);
    after();
    return result;
  };
  /** Runs claimed here and not finished yet. While others are open, their writes are likely to follow soon. */
  let openRuns = 0;
  const claim = async (steps: () => Steps<ClaimedRun[]>): Promise<ClaimedRun[]> => {
    const claimed = await commit(
      steps,
      () => failpoint("daemon/claim/before-commit"),
      () => failpoint("daemon/claim/after-commit"),
      { mayWait: openRuns > 0, isLast: true },
    );
    openRuns += claimed.length;
    return claimed;
  };
  const finish = async (results: readonly RunOutcome[], intervalMs: number): Promise<Set<number>> => {
    const finished = await commit(
      () => outcomes.finish(results, intervalMs),
      () => failpoint("daemon/record/before-commit"),
      () => failpoint("daemon/record/after-commit"),
      { mayWait: openRuns > results.length, evenIfMoved: true },
    );
    openRuns = Math.max(0, openRuns - results.length);
    return finished;
  };
  let edits = 0;
  const edit = async <T>(steps: () => Steps<T>): Promise<T> => {
    const result = await commit(
      steps,
      () => failpoint("daemon/edit/before-commit"),
      () => failpoint("daemon/edit/after-commit"),
    );
    edits++;
    return result;
  };

  return {
    path: resolve(options.path),

    ...readMethods(database, parts),
    ...createHistory(database, scripts),
    findOrphans: createOrphanFinder(database, createRuns(builder, scripts)),
    giveUpCartridges: createGivingUp(database),
    addScript: (script) => edit(() => scripts.add(script)),
    updateScript: (name, changes) => edit(() => scripts.update(name, changes)),
    removeScript: (name) => edit(() => scripts.remove(name)),
    renameScript: (name, newName) => edit(() => scripts.rename(name, newName)),
    setPaused: (name, paused) => edit(() => steering.setPaused(name, paused)),
    requestRun: (name) => edit(() => steering.requestRun(name)),
    editScripts: async (changes) => {
      await commit(
        () => steering.edit(changes),
        () => failpoint("daemon/apply/before-commit"),
        () => failpoint("daemon/apply/after-commit"),
      );
      edits++;
    },
    beat: async (beat) => {
      const isMoved = await database.write(function* () {
        yield* workers.beat(holder, beat);
        const now = time.peek();
        return now !== undefined && (yield* wallClock.check(now));
      });
      // A loop that waits for the next start reads it again.
      if (isMoved) edits++;
    },

    enabledScripts: (langs) => database.read(() => dueScripts.enabledScripts(langs)),
    claimDue: (limit, langs, terms) => claim(() => claims.due(limit, langs, terms)),
    claimScripts: (ids, terms) => claim(() => claims.scripts(ids, terms)),
    renewLeases: (leaseMs) =>
      commit(
        () => claims.renew(leaseMs),
        () => failpoint("daemon/lease/before-commit"),
        () => failpoint("daemon/lease/after-commit"),
      ),
    finishRuns: (results, { intervalMs }) => finish(results, intervalMs),
    failExpiredRuns: (stderr, { intervalMs }) =>
      commit(
        () => outcomes.failExpired(stderr, intervalMs),
        () => failpoint("daemon/expiry/before-commit"),
        () => failpoint("daemon/expiry/after-commit"),
      ),
    findRender: (scriptId, fingerprint) => database.read(() => outcomes.findRender(scriptId, fingerprint)),
    nextDueInMs: (langs) => database.read(() => dueScripts.nextDueInMs(langs)),
    changeMark: async () => `${await database.changeMark()}.${edits}`,

    close: database.close,
    [Symbol.asyncDispose]: database.close,
  };
}
