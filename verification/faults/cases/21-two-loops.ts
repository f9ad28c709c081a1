import { runTwoLoops, type TwoLoopsResult } from "@gvpie/daemon/test-support";
import { sum } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { formatViolations } from "../harness/verdict.ts";

export const twoLoops = defineCase<TwoLoopsResult>({
  number: 21,
  fault: "two loops share one store",
  required: "no run is claimed twice: 2 processes × 1,000 runs, 0 duplicates",
  async run(context) {
    context.record(await runTwoLoops(context.count(1_000, 50)));
  },
  evaluate(observations) {
    const violations = observations.flatMap((one) => one.violations);
    const duplicates = sum(observations.map((one) => one.duplicates));
    const shares = observations.map((one) => one.shares.join(" + ")).join(", ");
    return {
      summary: `${shares} runs, ${duplicates} duplicates; ${formatViolations(violations)}`,
      isMet:
        observations.length > 0 &&
        duplicates === 0 &&
        violations.length === 0 &&
        observations.every((one) => Math.min(...one.shares) > 0),
    };
  },
});
