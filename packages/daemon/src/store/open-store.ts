import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { createClaims } from "./claims.ts";
import { systemClock } from "./clock.ts";
import type { StoreDatabase } from "./database.ts";
import { createOutcomes } from "./outcomes.ts";
import { createRuns } from "./runs.ts";
import { createScripts } from "./scripts.ts";
import { openSqlite } from "./sqlite.ts";
import { createStoreTime } from "./store-time.ts";
import type { Steps } from "./statement.ts";
import type { ScriptStore, StoreOptions } from "./types.ts";

/**
 * Opens a script store, and makes it where there is none: a new database holds one script, `hello_gpu`. A database of an older
 * version, or of a tool that shares the two public tables, is brought up to date in place.
 *
 * @throws {StoreError} `STORE_MISSING` with `create: false`; `STORE_LOCKED`, `STORE_READ_ONLY`, `STORE_CORRUPT`, `STORE_FOREIGN`,
 * `STORE_NEWER`, `STORE_FULL`, `STORE_IO`. A file that is refused is left as it was.
 */
export async function openStore(options: StoreOptions): Promise<ScriptStore> {
  return createStore(await openSqlite(options), options);
}

function createStore(database: StoreDatabase, options: StoreOptions): ScriptStore {
  const { builder } = database;
  const clock = options.clock ?? systemClock;
  const time = createStoreTime(builder, clock);
  const claims = createClaims(builder, time, clock, randomUUID());
  const outcomes = createOutcomes(builder, time, clock);
  const scripts = createScripts(builder, clock);
  const runs = createRuns(builder);

  let edits = 0;
  const edit = async <T>(steps: () => Steps<T>): Promise<T> => {
    const result = await database.write(steps);
    edits++;
    return result;
  };

  return {
    path: resolve(options.path),

    listScripts: ({ after = 0, limit = 1_000 } = {}) => database.read(() => scripts.list(after, limit)),
    getScript: (name) => database.read(() => scripts.get(name)),
    addScript: (script) => edit(() => scripts.add(script)),
    updateScript: (name, changes) => edit(() => scripts.update(name, changes)),
    removeScript: (name) => edit(() => scripts.remove(name)),

    listRuns: ({ script, before = Number.MAX_SAFE_INTEGER, limit = 50 } = {}) =>
      database.read(() => runs.list(script, before, limit)),
    getRun: (id) => database.read(() => runs.get(id)),

    enabledScripts: (langs) => database.read(() => claims.enabledScripts(langs)),
    claimDue: (limit, langs, terms) => database.write(() => claims.due(limit, langs, terms)),
    claimScripts: (ids, terms) => database.write(() => claims.scripts(ids, terms)),
    renewLeases: (leaseMs) => database.write(() => claims.renew(leaseMs)),
    finishRuns: (results, { intervalMs }) => database.write(() => outcomes.finish(results, intervalMs)),
    failExpiredRuns: (stderr, { intervalMs }) =>
      database.write(() => outcomes.failExpired(stderr, intervalMs)),
    findRender: (scriptId, fingerprint) => database.read(() => outcomes.findRender(scriptId, fingerprint)),
    nextDueInMs: (langs) => database.read(() => claims.nextDueInMs(langs)),
    changeMark: async () => `${await database.changeMark()}.${edits}`,

    close: database.close,
    [Symbol.asyncDispose]: database.close,
  };
}
