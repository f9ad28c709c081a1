/**
 * Runs both daemons and their clients for a long time while all of them are killed and restarted:
 *
 *   npm run soak -- --minutes 60             run for an hour (default: 10 minutes)
 *   npm run soak -- --minutes 60 --seed 7    repeat the kills of an earlier run
 *   npm run soak -- --minutes 60 --record    also write the figures into docs/soak.md
 *
 * Exits with 1 if there was a violation or a figure grew beyond its bound.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { newSeed } from "@gvpie/testing";
import { formatReport } from "./report.ts";
import { soak } from "./soak.ts";
import { isFlat } from "./trends.ts";
import { writeDocument } from "./write-document.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string" },
    record: { type: "boolean", default: false },
  },
});
const minutes = Number(values.minutes);
const seed = values.seed === undefined ? newSeed() : Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  throw new RangeError("expected minutes above 0 and an integer seed");
}

const name = `${new Date().toISOString().replaceAll(":", "-")}.jsonl`;
const logPath = join(fileURLToPath(new URL("../../.cache/soak", import.meta.url)), name);
process.stderr.write(`${minutes} minutes, seed ${seed}. Run log: ${logPath}\n`);
const result = await soak({ minutes, seed, logPath });
process.stdout.write(`${formatReport(result)}\n`);
if (values.record) writeDocument(result);
process.exitCode = result.violations.length === 0 && result.trends.every(isFlat) ? 0 : 1;
