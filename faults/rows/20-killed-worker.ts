import { killAnywhere, type CrashResult } from "../../packages/daemon/test/kit/crashes.ts";
import { defineRow } from "../row.ts";

export const killedWorker = defineRow<CrashResult>({
  number: 20,
  fault: "the process that runs scripts is killed in the middle of runs",
  required:
    "each run in hand is recorded as failed once and its script runs again: after 200 kills the counters are the finished rows",
  async run(rig) {
    rig.see(await killAnywhere(rig.count(200, 4)));
  },
  figure(seen) {
    const violations = seen.flatMap((one) => one.violations);
    const [killed, runs, lost] = (["killed", "finished", "lost"] as const).map((what) =>
      seen.reduce((sum, one) => sum + one[what], 0),
    );
    return {
      text: `${killed} kills, ${runs} runs recorded once, ${lost} of them as lost; ${violations.length} promises broken${violations.length > 0 ? `: ${violations[0]}` : ""}`,
      isReached:
        seen.length > 0 &&
        violations.length === 0 &&
        seen.every((one) => one.lost > 0 && one.runs === one.finished),
    };
  },
});
