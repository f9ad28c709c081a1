import { runTwoLoops, type TwoLoopsResult } from "../../packages/daemon/test/kit/two-loops.ts";
import { defineRow } from "../row.ts";

export const twoLoops = defineRow<TwoLoopsResult>({
  number: 21,
  fault: "two loops share one store",
  required: "no run is claimed twice: 2 processes × 1,000 runs, 0 duplicates",
  async run(rig) {
    rig.see(await runTwoLoops(rig.count(1_000, 50)));
  },
  figure(seen) {
    const violations = seen.flatMap((one) => one.violations);
    const duplicates = seen.reduce((sum, one) => sum + one.duplicates, 0);
    const shares = seen.map((one) => one.shares.join(" + ")).join(", ");
    return {
      text: `${shares} runs, ${duplicates} duplicates; ${violations.length} promises broken${violations.length > 0 ? `: ${violations[0]}` : ""}`,
      isReached:
        seen.length > 0 &&
        duplicates === 0 &&
        violations.length === 0 &&
        seen.every((one) => Math.min(...one.shares) > 0),
    };
  },
});
