import { sql, type Kysely, type RawBuilder } from "kysely";
import { idsNamed, NEXT_OTHER_ID, runInName } from "./cartridge-ids.ts";
import type { CartridgePlace, CartridgeRoot } from "./cartridge-root.ts";
import { readId, toId } from "./script-columns.ts";
import { run, statement, type Steps } from "./statement.ts";
import type { Tables } from "./tables.ts";
import type { RowId } from "./types.ts";

/** A file that a run names. */
interface NewFile {
  readonly root: CartridgeRoot;
  readonly key: string;
  readonly script: RowId;
  readonly runId: RowId;
  /** Its size, if the run wrote it. */
  readonly bytes?: number | undefined;
}

/** Writes the rows of the files of cartridges, one row a file. */
export interface CartridgeFiles {
  /** Ends the run of a script that names the same file as before; returns false if it is another file. */
  releaseAgain(script: RowId, runId: RowId, place: CartridgePlace): Steps<boolean>;
  /** Notes that a run names a file, in the transaction that records the run. */
  record(file: NewFile): Steps<void>;
  /** Adds the row of a file. */
  add(file: NewFile): Steps<void>;
  /** Returns the id of a root, which is added if it is new. */
  rootId(root: CartridgeRoot): Steps<RowId>;
}

/** The schedule of a script after a run that succeeded. */
export const RELEASED: {
  readonly run_id: null;
  readonly holder: null;
  readonly lease_until_ms: null;
  readonly failures: RawBuilder<number>;
} = { run_id: null, holder: null, lease_until_ms: null, failures: sql.lit(0) };

export function createCartridgeFiles(db: Kysely<Tables>): CartridgeFiles {
  const readRoot = statement<CartridgeRoot>()((p) =>
    db
      .selectFrom("cartridge_roots")
      .select(readId("id").as("id"))
      .where("uri", "=", p("uri"))
      .where("host", "=", p("host")),
  );
  const addRoot = statement<CartridgeRoot>()((p) =>
    db
      .insertInto("cartridge_roots")
      .values({ uri: p("uri"), host: p("host") })
      .returning(readId("id").as("id")),
  );
  const releaseAgain = statement<CartridgePlace & { script: RowId; run: RowId }>()((p) =>
    db
      .updateTable("script_schedule")
      .set({ ...RELEASED, picture_run_id: p("run") })
      .where("script_id", "=", p("script"))
      .where("run_id", "=", p("run"))
      .where(
        sql<boolean>`exists (select 1 from cartridges where id = picture_id and key = ${p("key")}
          and root_id = (select id from cartridge_roots where uri = ${p("uri")} and host = ${p("host")}))`,
      )
      .returning(sql<number>`1`.as("one")),
  );
  // The usual case in one statement: nothing is looked up in an index of names, or written to it.
  const addOwn = statement<CartridgePlace & { run: RowId; script: RowId; bytes: number | null }>()((p) =>
    db
      .insertInto("cartridges")
      .columns(["id", "root_id", "key", "script_id", "bytes", "first_run_id", "last_run_id"])
      .expression((eb) =>
        eb
          .selectFrom("cartridge_roots")
          .select([p("run").as("id"), "cartridge_roots.id as root_id", p("key").as("key")])
          .select([p("script").as("script_id"), p("bytes").as("bytes")])
          .select([p("run").as("first_run_id"), p("run").as("last_run_id")])
          .where("uri", "=", p("uri"))
          .where("host", "=", p("host"))
          .where(sql<boolean>`not exists (select 1 from cartridges where id < 0 and key = ${p("key")})`),
      )
      .onConflict((conflict) => conflict.doNothing())
      .returning(sql<number>`1`.as("one")),
  );
  const insert = statement<{
    own: RowId | null;
    root: RowId;
    key: string;
    script: RowId;
    runId: RowId;
    bytes: number | null;
  }>()((p) =>
    db.insertInto("cartridges").values({
      id: sql<number>`coalesce((select ${p("own")} where not exists (select 1 from cartridges where id = ${p("own")})),
        ${NEXT_OTHER_ID})`,
      root_id: p("root"),
      key: p("key"),
      script_id: p("script"),
      bytes: p("bytes"),
      first_run_id: p("runId"),
      last_run_id: p("runId"),
    }),
  );
  const find = statement<{ root: RowId; key: string; run: number | null }>()((p) =>
    db
      .selectFrom("cartridges")
      .select([readId("id").as("id"), readId("script_id").as("script_id")])
      .where("id", "in", idsNamed(p("key"), p("run")))
      .where(sql<boolean>`(root_id = ${p("root")} or root_id is null)`)
      .limit(sql.lit(1)),
  );
  const touch = statement<{ id: RowId; root: RowId; runId: RowId; bytes: number | null }>()((p) =>
    db
      .updateTable("cartridges")
      .set({
        root_id: p("root"),
        last_run_id: p("runId"),
        bytes: sql<number>`coalesce(${p("bytes")}, bytes)`,
      })
      .where("id", "=", p("id")),
  );
  const keepLast = statement<{ script: RowId; id: RowId }>()((p) =>
    db
      .updateTable("cartridges")
      .from("script_schedule")
      .set({ last_run_id: sql<number>`picture_run_id` })
      .where("script_schedule.script_id", "=", p("script"))
      .where(sql<boolean>`cartridges.id = picture_id and cartridges.id <> ${p("id")}`)
      .where(sql<boolean>`last_run_id <> picture_run_id`),
  );
  const setLast = statement<{ script: RowId; id: RowId; run: RowId }>()((p) =>
    db
      .updateTable("script_schedule")
      .set({ picture_id: p("id"), picture_run_id: p("run") })
      .where("script_id", "=", p("script")),
  );

  function* rootId(root: CartridgeRoot): Steps<RowId> {
    const found = (yield* run(readRoot, root))[0] ?? (yield* run(addRoot, root))[0];
    if (!found) throw new Error("expected the id of a new row, got none");
    return toId(found.id);
  }

  function* add({ root: place, key, script, runId, bytes }: NewFile): Steps<void> {
    const own = runInName(key) === runId ? runId : null;
    const root = yield* rootId(place);
    yield* run(insert, { own, root, key, script, runId, bytes: bytes ?? null });
  }

  return {
    *releaseAgain(script, runId, place) {
      if (runInName(place.key) === runId) return false;
      return (yield* run(releaseAgain, { script, run: runId, ...place })).length > 0;
    },

    *record(file) {
      const { root: place, key, script, runId } = file;
      const bytes = file.bytes ?? null;
      const named = runInName(key);
      if (named === runId) {
        const added = yield* run(addOwn, { run: runId, ...place, key, script, bytes });
        if (added.length > 0) return;
      }
      const root = yield* rootId(place);
      const [known] = yield* run(find, { root, key, run: named });
      if (!known) return yield* add(file);
      const id = toId(known.id);
      yield* run(touch, { id, root, runId, bytes });
      if (known.script_id === null) return;
      const owner = toId(known.script_id);
      yield* run(keepLast, { script: owner, id });
      yield* run(setLast, { script: owner, id, run: runId });
    },

    add,
    rootId,
  };
}
