import { createTemporaryDirectory } from "@gvpie/testing";
import { afterAll, expect, test } from "vitest";
import { faultCases } from "../cases/index.ts";
import { runCase } from "../harness/run-case.ts";
import { readRunLog, RunLog } from "../harness/run-log.ts";
import { countResults, type Verdict, verdictOf } from "../harness/verdict.ts";

// The short form of every case: the same fault, a few times, without the bounds that depend on the machine's speed.
const directory = createTemporaryDirectory({ prefix: "gvpie-faults-log-" });
const verdicts: Verdict[] = [];

afterAll(() => {
  console.log(`Faults: ${countResults(verdicts)}`);
  directory[Symbol.dispose]();
});

test.concurrent.each(faultCases)("$number $fault", { timeout: 180_000 }, async (faultCase) => {
  const log = new RunLog(directory.join(`${faultCase.number}.jsonl`));
  await runCase(faultCase, log, false);
  const verdict = verdictOf(faultCase, readRunLog(log.path).get(faultCase.number));
  verdicts.push(verdict);
  const { result, summary } = verdict;
  if (result === "unsupported") console.log(`${faultCase.number} is unsupported here: ${summary}`);
  expect(result, summary).not.toBe("failed");
});
