import { runTwoLoops, type TwoLoopsResult } from "@gvpie/daemon/test-support";
import { defineCase } from "../harness/fault-case.ts";

export const twoLoops = defineCase<TwoLoopsResult>({
  number: 21,
  fault: "two loops share one store",
  required: "no run is claimed twice: 2 processes × 1,000 runs, 0 duplicates",
  async run(context) {
    context.record(await runTwoLoops(context.count(1_000, 50)));
  },
  evaluate(observations) {
    const violations = observations.flatMap((one) => one.violations);
    const duplicates = observations.reduce((sum, one) => sum + one.duplicates, 0);
    const shares = observations.map((one) => one.shares.join(" + ")).join(", ");
    return {
      summary: `${shares} runs, ${duplicates} duplicates; ${violations.length} violations${violations.length > 0 ? `: ${violations[0]}` : ""}`,
      isMet:
        observations.length > 0 &&
        duplicates === 0 &&
        violations.length === 0 &&
        observations.every((one) => Math.min(...one.shares) > 0),
    };
  },
});
