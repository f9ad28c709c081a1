/** Runs of a block: those with ids from 1024 * block to 1024 * block + 1023. */
export const BLOCK_RUNS: number = 1_024;
const MAX_TIME = 64;

/** SQL for the first id of the runs that are in no block yet. */
export const TAIL_START: string = "((SELECT coalesce(max(block), -1) + 1 FROM run_blocks) << 10)";

/**
 * Returns SQL that adds the blocks of the runs with ids of `from` or more, up to and without the block `end`, and without blocks that
 * have no run. At most `limit` blocks.
 */
export function summarizeBlocks(from: string, end: string, limit = -1): string {
  // Tables of other tools may hold NULL, or long text.
  const text = (aggregate: string): string =>
    `coalesce(substr(${aggregate}(started_at), 1, ${MAX_TIME}), '')`;
  const runs = "FROM improvement_runs WHERE id >= block << 10 AND id < (block + 1) << 10";
  return `WITH RECURSIVE blocks(block) AS (
    SELECT (SELECT min(id) FROM improvement_runs WHERE id >= ${from}) >> 10
    UNION ALL
    SELECT (SELECT min(id) FROM improvement_runs WHERE id >= (block + 1) << 10) >> 10 FROM blocks WHERE block < ${end})
  INSERT INTO run_blocks SELECT block, (SELECT ${text("min")} ${runs}), (SELECT ${text("max")} ${runs})
    FROM blocks WHERE block < ${end} LIMIT ${limit}`;
}
