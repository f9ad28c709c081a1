import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RawLog, readLog } from "../log.ts";
import { rows } from "../rows.ts";
import { runRow } from "../run-row.ts";
import { countsOf, judge, type Verdict } from "../verdict.ts";

// The short form of every row: the same fault, a few times, and no bound that depends on the machine's speed.
const folder = mkdtempSync(join(tmpdir(), "gvpie-faults-log-"));
const verdicts: Verdict[] = [];

beforeAll(() => () => rmSync(folder, { recursive: true, force: true }));
afterAll(() => console.log(`Faults: ${countsOf(verdicts)}`));

test.concurrent.each(rows)("$number $fault", { timeout: 180_000 }, async (row) => {
  const log = new RawLog(join(folder, `${row.number}.jsonl`));
  await runRow(row, log, false);
  const verdict = judge(row, readLog(log.path).get(row.number));
  verdicts.push(verdict);
  if (verdict.result === "not shown") console.log(`${row.number} is not shown here: ${verdict.text}`);
  expect(verdict.result, verdict.text).not.toBe("short");
});
