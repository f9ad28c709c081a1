import { sql, type RawBuilder } from "kysely";
import { opaque } from "./statement.ts";

/**
 * SQL for the last run that names the file of a row in `cartridges`. While the runs of its script name it again, only
 * `script_schedule` has the last of them.
 */
export const LAST_RUN: RawBuilder<number> = sql<number>`coalesce((select picture_run_id from script_schedule
  where script_schedule.script_id = cartridges.script_id and picture_id = cartridges.id), cartridges.last_run_id)`;

/** A file by its last run. */
export interface UsedFile {
  readonly id: number;
  readonly last: number;
}

/**
 * SQL for the files of a script in the order of their last runs. The index has all but one in this order.
 *
 * @param where the condition on a row of `cartridges` with the given last run. A condition on the result would sort all files.
 */
export function byLastRun(
  script: RawBuilder<unknown>,
  direction: "asc" | "desc",
  where: (last: RawBuilder<number>) => RawBuilder<boolean> = () => sql`true`,
): RawBuilder<UsedFile> {
  const id = opaque(script, 0);
  const order = sql.raw(direction);
  return sql<UsedFile>`select cartridges.id, last_run_id as last from cartridges where script_id = ${id}
      and id is not (select picture_id from script_schedule where script_id = ${id}) and ${where(sql`last_run_id`)}
    union all select cartridges.id, picture_run_id from script_schedule cross join cartridges
      where script_schedule.script_id = ${id} and cartridges.id = picture_id and ${where(sql`picture_run_id`)}
    order by last ${order}, id ${order}`;
}
