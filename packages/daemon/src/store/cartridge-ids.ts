import { sql, type RawBuilder } from "kysely";
import { FIRST_OTHER_ID } from "./operations-schema.ts";
import { opaque } from "./statement.ts";

/** Returns the run in the name of a file; null if the name has another form. */
export function runInName(key: string): number | null {
  if (!key.endsWith(".png")) return null;
  const text = key.slice(key.lastIndexOf("_") + 1, -4);
  const id = Number(text);
  return id >= 0 && Number.isSafeInteger(id) && String(id) === text ? id : null;
}

/**
 * SQL for the ids of the files with a name, of which `run` is the run in it.
 *
 * A file that its run has written has the number of the run as its id, and so no index of names is written for it. All others have a
 * negative id: files of earlier versions, copies, and files with names of another form.
 */
export function idsNamed(key: RawBuilder<string>, run: RawBuilder<number | null>): RawBuilder<number> {
  return sql<number>`(select id from cartridges where id = ${run} and id >= 0 and key = ${key}
    union all select id from cartridges where id < 0 and key = ${opaque(key, "")})`;
}

/** SQL for the next negative id: greater than those before. */
export const NEXT_OTHER_ID: RawBuilder<number> = sql<number>`(select coalesce(max(id) + 1, ${sql.lit(FIRST_OTHER_ID)})
  from cartridges where id < 0)`;
