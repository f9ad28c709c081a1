/**
 * Lets both daemons work for a long time while they and their clients are killed:
 *
 *   npm run soak -- --minutes 60
 *   npm run soak -- --minutes 60 --seed 7    the same moments again
 *   npm run soak -- --minutes 60 --record    also into docs/soak.md
 *
 * Ends with 1 where a promise was broken or something was not flat.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { newSeed } from "../fuzz/random.ts";
import { record } from "./record.ts";
import { reportOf } from "./report.ts";
import { soak } from "./soak.ts";
import { isFlat } from "./trend.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string" },
    record: { type: "boolean", default: false },
  },
});
const minutes = Number(values.minutes);
const seed = values.seed === undefined ? newSeed() : Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed))
  throw new RangeError("expected minutes above 0 and an integer seed");

const name = `${new Date().toISOString().replaceAll(":", "-")}.jsonl`;
const logPath = join(fileURLToPath(new URL("../.cache/soak", import.meta.url)), name);
process.stderr.write(`${minutes} minutes, seed ${seed}. The raw log is ${logPath}\n`);
const result = await soak({ minutes, seed, logPath });
process.stdout.write(`${reportOf(result)}\n`);
if (values.record) record(result);
process.exitCode = result.violations.length === 0 && result.trends.every(isFlat) ? 0 : 1;
