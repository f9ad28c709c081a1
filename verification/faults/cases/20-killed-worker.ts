import { type CrashResult, killAnywhere } from "@gvpie/daemon/test-support";
import { sum } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { formatViolations } from "../harness/verdict.ts";

export const killedWorker = defineCase<CrashResult>({
  number: 20,
  fault: "the process that runs scripts is killed during runs",
  required:
    "each run in progress is recorded as failed once and its script runs again: after 200 kills the counters equal the finished rows",
  async run(context) {
    context.record(await killAnywhere(context.count(200, 4)));
  },
  evaluate(observations) {
    const violations = observations.flatMap((one) => one.violations);
    const [killed, runs, lost] = (["killed", "finished", "lost"] as const).map((field) =>
      sum(observations.map((one) => one[field])),
    );
    return {
      summary: `${killed} kills, ${runs} runs recorded once, ${lost} of them as lost; ${formatViolations(violations)}`,
      isMet:
        observations.length > 0 &&
        violations.length === 0 &&
        observations.every((one) => one.lost > 0 && one.runs === one.finished),
    };
  },
});
