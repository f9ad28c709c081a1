import { sql, type Kysely, type RawBuilder } from "kysely";
import { idsNamed, runInName } from "./cartridge-ids.ts";
import { LAST_RUN } from "./last-run.ts";
import type { CartridgeFile } from "./operation-types.ts";
import { integer, NAME, readId, shortText, toId, toInteger } from "./script-columns.ts";
import { opaque, run, statement, type Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";
import type { RowId } from "./types.ts";

/** Lists the files of cartridges. */
export interface Cartridges {
  list(after: RowId, limit: number, unused: boolean): Steps<CartridgeFile[]>;
  folders(): Steps<readonly { readonly uri: string | null; readonly host: string | null }[]>;
  /** Returns the rows of files with a name. */
  named(
    key: string,
  ): Steps<readonly { readonly id: RowId; readonly uri: string | null; readonly host: string | null }[]>;
  /** Returns the names in the paths of some runs after the given one; none at the end. */
  namesOfRuns(
    after: RowId,
  ): Steps<readonly { readonly id: number | string | null; readonly key: string | null }[]>;
  /** Sets the root of a row whose file was found there. */
  setRoot(id: RowId, root: RowId): Steps<void>;
}

/** Runs whose names are read at a time. */
const RUNS = 2_000;
/** Longest path that the system opens. */
const MAX_PATH_BYTES = 4_096;

/** SQL for the path of a run that ends in the key of a cartridge. */
const NAMES_KEY = sql<boolean>`substr(cartridge_path, -length(cartridges.key)) = cartridges.key`;

/** True if a run still names the file. Most often its last one does. */
export const IS_USED: RawBuilder<number> = sql<number>`(exists (select 1 from improvement_runs as r
    where r.id = ${LAST_RUN} and ${NAMES_KEY})
  or exists (select 1 from improvement_runs as r where r.script_id = cartridges.script_id
    and r.id between cartridges.first_run_id and ${LAST_RUN} and ${NAMES_KEY}))`;

export function createCartridges(db: Kysely<Tables>): Cartridges {
  const roots = statement()(() =>
    db
      .selectFrom("cartridge_roots")
      .select([shortText("uri").as("uri"), shortText("host").as("host")])
      .orderBy("id"),
  );
  const setRoot = statement<{ id: RowId; root: RowId }>()((p) =>
    db
      .updateTable("cartridges")
      .set({ root_id: p("root") })
      .where("id", "=", p("id")),
  );
  const named = statement<{ key: string; run: number | null }>()((p) =>
    db
      .selectFrom("cartridges")
      .leftJoin("cartridge_roots", "cartridge_roots.id", "cartridges.root_id")
      .select([readId("cartridges.id").as("id"), shortText("uri").as("uri"), shortText("host").as("host")])
      .where("cartridges.id", "in", idsNamed(p("key"), p("run"))),
  );
  const runNames = statement<{ after: RowId }>()((p) =>
    db
      .selectFrom("improvement_runs")
      .select([readId("id").as("id")])
      .select(
        sql<
          string | null
        >`case when octet_length(cartridge_path) <= ${sql.lit(MAX_PATH_BYTES)} then replace(cartridge_path,
          rtrim(cartridge_path, replace(cartridge_path, '/', '')), '') end`.as("key"),
      )
      .where("id", ">", p("after"))
      .orderBy("id")
      .limit(sql.lit(RUNS)),
  );
  const [page, unusedPage] = [false, true].map((unused) =>
    statement<{ after: RowId; limit: number }>()((p) => {
      let rows = db
        .selectFrom("cartridges")
        .leftJoin("cartridge_roots", "cartridge_roots.id", "cartridges.root_id")
        .leftJoin("improvement_scripts", "improvement_scripts.id", "cartridges.script_id")
        .select([
          readId("cartridges.id").as("id"),
          shortText("uri").as("uri"),
          shortText("host").as("host"),
          integer("bytes").as("bytes"),
          NAME.as("name"),
          shortText("cartridges.key").as("key"),
        ])
        .select([
          readId("cartridges.script_id").as("script_id"),
          readId("first_run_id").as("first_run_id"),
          readId(LAST_RUN).as("last_run_id"),
          IS_USED.as("is_used"),
        ])
        .where("cartridges.id", ">", p("after"));
      if (unused) rows = rows.where(sql<boolean>`not ${IS_USED}`);
      return rows.orderBy("cartridges.id").limit(opaque(p("limit"), 0));
    }),
  );

  return {
    *list(after, limit, unused) {
      const rows = yield* run((unused ? unusedPage : page) as NonNullable<typeof page>, { after, limit });
      return rows.map((row) => ({
        id: toId(row.id),
        root: row.uri ?? undefined,
        host: row.host ?? undefined,
        key: row.key ?? "",
        scriptName: row.name ?? undefined,
        bytes: row.bytes === null ? undefined : toInteger(row.bytes),
        firstRunId: toId(row.first_run_id),
        lastRunId: toId(row.last_run_id),
        isUsed: Boolean(row.is_used),
      }));
    },

    folders: () => run(roots, {}),
    *named(key) {
      const rows = yield* run(named, { key, run: runInName(key) });
      return rows.map(({ id, uri, host }) => ({ id: toId(id), uri, host }));
    },
    namesOfRuns: (after) => run(runNames, { after }),

    *setRoot(id, root) {
      yield* run(setRoot, { id, root });
    },
  };
}
