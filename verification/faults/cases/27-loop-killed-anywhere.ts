import { type CrashResult, isOfCommand, killAtFailpoints, killOpening } from "@gvpie/daemon/test-support";
import { formatCount, sum } from "@gvpie/testing";
import { everyNth, failpointNames, type FailpointCount } from "../harness/failpoints.ts";
import { defineCase } from "../harness/fault-case.ts";
import { forEachConcurrently } from "../harness/for-each-concurrently.ts";
import { formatViolations } from "../harness/verdict.ts";

interface Point extends Pick<CrashResult, "killed" | "violations"> {
  readonly failpoint: string;
  readonly finished?: number;
  /** Runs recorded as lost. */
  readonly lost?: number;
}

export const loopKilledAnywhere = defineCase<FailpointCount | Point>({
  number: 27,
  fault: "the script loop is killed at any step",
  required:
    "no run is lost or counted twice, no row names a damaged cartridge, no staging file is left: every failpoint × 100, 0 violations",
  async run(context) {
    const names = failpointNames("daemon/").filter((name) => !isOfCommand(name));
    const kills = context.count(100, 1);
    const isOpening = (name: string): boolean => name.startsWith("daemon/migration/");
    const chosen = context.isFull ? names : everyNth(8, names);
    context.record({ failpoints: chosen.length });
    await forEachConcurrently(3, chosen, async (failpoint) => {
      if (isOpening(failpoint)) {
        const failpoints = Array.from({ length: kills }, () => failpoint);
        context.record({ failpoint, ...(await killOpening(failpoints, () => {})) });
      } else {
        const { killed, violations, finished, lost } = await killAtFailpoints([failpoint], kills);
        context.record({ failpoint, killed, violations, finished, lost });
      }
    });
  },
  evaluate(observations, isFull) {
    const expected = sum(observations.map((one) => ("failpoints" in one ? one.failpoints : 0)));
    const points = observations.filter((one) => "failpoint" in one);
    const reached = points.filter((point) => point.killed >= (isFull ? 100 : 1));
    const missing = points.filter((point) => !reached.includes(point));
    const violations = points.flatMap((point) => point.violations);
    const [finished, lost] = (["finished", "lost"] as const).map((field) =>
      sum(points.map((point) => point[field] ?? 0)),
    );
    return {
      summary: [
        `${formatCount(sum(points.map((point) => point.killed)))} kills at ${reached.length} of ${expected} failpoints`,
        `${formatCount(finished ?? 0)} runs recorded once, ${lost} of them as lost`,
        formatViolations(violations),
        ...(missing.length > 0 ? [`not reached: ${missing.map((point) => point.failpoint).join(", ")}`] : []),
      ].join("; "),
      isMet: violations.length === 0 && reached.length === expected && expected > 0,
    };
  },
});
