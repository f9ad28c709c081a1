import { failpoint } from "@gvpie/file-socket/process";
import { sql, type Kysely, type RawBuilder } from "kysely";
import { lstatSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseCartridgeName } from "./cartridge-name.ts";
import { rootOf, type CartridgeRoot } from "./cartridge-root.ts";
import { IS_USED } from "./cartridges.ts";
import { byLastRun, LAST_RUN, type UsedFile } from "./last-run.ts";
import type { StoreDatabase } from "./database.ts";
import type { CartridgeRules, Cartridges } from "./operation-types.ts";
import { BEFORE_IDS } from "./prune.ts";
import { readId, shortText, toId } from "./script-columns.ts";
import { opaque, run, statement, type Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";
import type { RowId } from "./types.ts";

/** Scripts that one read looks at, files of one transaction, and runs that it changes. */
const SLICE = 100;
const BATCH = 200;
const MAX_RUNS = 500;
/** Leaves out most of the names that `parseCartridgeName` refuses, in SQL. */
const FORM = sql.lit("*_[0-9]*_[0-9]*.png");

interface Candidate {
  readonly id: RowId;
  readonly key: string;
  readonly first: RowId;
  readonly last: RowId;
}

/** A place in the order of the search: after a row of the script or, without one, after all of its rows. */
interface Position {
  readonly script: RowId;
  readonly file?: RowId | undefined;
}

const START: Position = { script: BEFORE_IDS };

/** Candidates of one script. `after`: the last row that was looked at; undefined at the end. */
interface Found {
  readonly script: RowId;
  readonly files: readonly Candidate[];
  readonly after: Position | undefined;
}

export function createGivingUp(
  database: Pick<StoreDatabase, "builder" | "read" | "write">,
): Cartridges["giveUpCartridges"] {
  const steps = createSteps(database.builder);
  let last = { rules: "", after: START };
  /** By file: the run that was open when later runs were kept from using the file. */
  const marks = new Map<RowId, RowId>();

  return async (rules) => {
    const { folder, keep = 1, olderThan, unused } = rules;
    // A folder that is not mounted has no files to remove: its rows stay.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return { paths: [], isDone: true };
    const root = rootOf(folder);
    const key = JSON.stringify([root.uri, keep, olderThan, unused]);
    const from = last.rules === key ? last.after : START;
    const found = await database.read(() => steps.find(root, rules, from));
    const after = found.after ?? START;
    last = { rules: key, after };
    if (found.files.length === 0) return { paths: [], isDone: found.after === undefined };
    const deferred: Candidate[] = [];
    const removed: Candidate[] = [];
    let holder: RowId | undefined;
    const paths = await database.write(function* () {
      const given: string[] = [];
      const open = (holder = yield* steps.forget(found.script, found.files));
      let runs = 0;
      for (const file of found.files) {
        // A run that was recorded since the files were read has used it again.
        if (!(yield* steps.isUnchanged(file))) continue;
        const mark = marks.get(file.id);
        if (open !== undefined && (mark === undefined || open <= mark)) {
          // A run that found the file before may still record it.
          if (mark === undefined) deferred.push(file);
          continue;
        }
        const path = join(folder, file.key);
        const exists = lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
        if (exists) runs += yield* steps.clear(found.script, file, MAX_RUNS - runs);
        if (runs >= MAX_RUNS) break;
        yield* steps.remove(found.script, file.id);
        removed.push(file);
        if (exists) given.push(path);
      }
      // More files of this script may be left.
      if (removed.length > 0 || runs > 0) last = { rules: key, after: from };
      failpoint("daemon/give-up/before-commit");
      return given;
    });
    failpoint("daemon/give-up/after-commit");
    for (const file of removed) marks.delete(file.id);
    for (const file of deferred) if (holder !== undefined) marks.set(file.id, holder);
    return { paths, isDone: last.after === after && found.after === undefined };
  };
}

function createSteps(db: Kysely<Tables>) {
  const findRoot = statement<CartridgeRoot>()((p) =>
    db
      .selectFrom("cartridge_roots")
      .select(readId("id").as("id"))
      .where("uri", "=", p("uri"))
      .where("host", "=", p("host")),
  );
  const nextScript = statement<{ after: RowId }>()((p) =>
    db
      .selectFrom("cartridges")
      .select(readId("script_id").as("script"))
      .where("script_id", ">", p("after"))
      .orderBy("script_id")
      .limit(sql.lit(1)),
  );
  const [oldest, oldestUnused] = [false, true].map((unused) =>
    statement<{ script: RowId; root: RowId; keep: number; after: RowId | null }>()((p) => {
      // Rows of other folders and of other forms count for nothing.
      const isOfForm = sql<boolean>`root_id = ${p("root")} and key glob ${FORM}`;
      const newest = sql`${byLastRun(p("script"), "desc", () => isOfForm)} limit 1 offset ${opaque(p("keep"), 1)}`;
      const isOld = (last: RawBuilder<number>): RawBuilder<boolean> =>
        sql`${isOfForm} and ${last} <= (select last from (${newest})) and (${p("after")} is null
          or (${last}, cartridges.id) > (select ${LAST_RUN}, cartridges.id from cartridges where cartridges.id = ${p("after")}))
          and ${unused ? sql`not ${IS_USED}` : sql`true`}`;
      const old = sql<UsedFile>`(${byLastRun(p("script"), "asc", isOld)} limit ${sql.lit(BATCH)})`;
      return db
        .selectFrom(old.as("used"))
        .crossJoin("cartridges")
        .leftJoin("improvement_runs", "improvement_runs.id", "used.last")
        .select([readId("cartridges.id").as("id"), shortText("key").as("key")])
        .select(shortText("started_at").as("started_at"))
        .select([readId("first_run_id").as("first"), readId("used.last").as("last")])
        .whereRef("cartridges.id", "=", "used.id")
        .orderBy("used.last")
        .orderBy("used.id");
    }),
  );
  const openRun = statement<{ script: RowId }>()((p) =>
    db
      .selectFrom("script_schedule")
      .select(readId("run_id").as("run_id"))
      .where("script_id", "=", p("script"))
      .where("run_id", "is not", null),
  );
  const forgetRenders = statement<{ script: RowId; keys: string }>()((p) =>
    db
      .deleteFrom("script_renders")
      .where("script_id", "=", p("script"))
      .where(
        sql<boolean>`replace(cartridge_path, rtrim(cartridge_path, replace(cartridge_path, '/', '')), '')
          in (select value from json_each(${p("keys")}))`,
      ),
  );
  const clearRuns = statement<{ script: RowId; first: RowId; last: RowId; key: string; limit: number }>()(
    (p) =>
      db
        .updateTable("improvement_runs")
        .set({ cartridge_path: null })
        .where(
          sql<boolean>`id in (select id from improvement_runs where script_id = ${opaque(p("script"), 0)}
          and id between ${p("first")} and ${p("last")}
          and substr(cartridge_path, -length(${p("key")})) = ${p("key")} limit ${opaque(p("limit"), 0)})`,
        )
        .returning(sql<number>`1`.as("one")),
  );
  const readLast = statement<{ id: RowId }>()((p) =>
    db.selectFrom("cartridges").select(readId(LAST_RUN).as("last")).where("id", "=", p("id")),
  );
  const removeFile = statement<{ id: RowId }>()((p) => db.deleteFrom("cartridges").where("id", "=", p("id")));
  const forgetLast = statement<{ script: RowId; id: RowId }>()((p) =>
    db
      .updateTable("script_schedule")
      .set({ picture_id: null, picture_run_id: null })
      .where("script_id", "=", p("script"))
      .where("picture_id", "=", p("id")),
  );

  return {
    /** Looks for the next script with files to give up. */
    *find(
      root: CartridgeRoot,
      { keep = 1, olderThan, unused, except }: CartridgeRules,
      first: Position,
    ): Steps<Found> {
      const [known] = yield* run(findRoot, root);
      if (!known) return { script: 0, files: [], after: undefined };
      let position = first;
      for (let looked = 0; looked < SLICE; looked++) {
        let { script } = position;
        if (position.file === undefined) {
          const [row] = yield* run(nextScript, { after: script });
          if (!row) return { script: 0, files: [], after: undefined };
          script = toId(row.script);
        }
        const pick = (unused ? oldestUnused : oldest) as NonNullable<typeof oldest>;
        const rows = yield* run(pick, { script, root: toId(known.id), keep, after: position.file ?? null });
        position = { script, file: rows.length === BATCH ? toId(rows.at(-1)?.id ?? 0) : undefined };
        const files: Candidate[] = [];
        for (const one of rows) {
          const name = parseCartridgeName(one.key ?? "");
          if (name === undefined || except?.has(one.key ?? "")) continue;
          // Of a run that has been deleted, only the time in the name of the file is known.
          const startedAt = one.started_at ?? new Date(Math.min(name.time, 8.64e15)).toISOString();
          if (olderThan !== undefined && startedAt >= olderThan) continue;
          files.push({ id: toId(one.id), key: one.key ?? "", first: toId(one.first), last: toId(one.last) });
        }
        if (files.length > 0) return { script, files, after: position };
      }
      return { script: 0, files: [], after: position };
    },

    /** Keeps later runs from using the files, and returns the open run of the script. */
    *forget(script: RowId, files: readonly Candidate[]): Steps<RowId | undefined> {
      yield* run(forgetRenders, { script, keys: JSON.stringify(files.map((file) => file.key)) });
      const [open] = yield* run(openRun, { script });
      return open && toId(open.run_id);
    },

    /** Returns true if no later run than the last known one refers to the file. */
    *isUnchanged({ id, last }: Candidate): Steps<boolean> {
      const [row] = yield* run(readLast, { id });
      return row !== undefined && toId(row.last) === last;
    },

    /** Removes the file from at most `limit` runs; returns from how many. */
    *clear(script: RowId, { key, first, last }: Candidate, limit: number): Steps<number> {
      return (yield* run(clearRuns, { script, first, last, key, limit })).length;
    },

    *remove(script: RowId, id: RowId): Steps<void> {
      yield* run(removeFile, { id });
      yield* run(forgetLast, { script, id });
    },
  };
}
