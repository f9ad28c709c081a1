import { killAtFailpoints, killOpening, type CrashResult } from "../../packages/daemon/test/kit/crashes.ts";
import { everyNth, failpointNames } from "../kit/failpoints.ts";
import { inLanes } from "../kit/lanes.ts";
import { grouped, sum } from "../kit/numbers.ts";
import { defineRow } from "../row.ts";

interface Expected {
  /** Every failpoint of the loop and its store. */
  readonly failpoints: number;
}

interface Point extends Pick<CrashResult, "killed" | "violations"> {
  readonly failpoint: string;
  readonly finished?: number;
  /** Finished as lost. */
  readonly lost?: number;
}

export const loopKilledAnywhere = defineRow<Expected | Point>({
  number: 27,
  fault: "the script loop is killed at any step",
  required:
    "no run counted twice or lost, no row names a cartridge that is not whole, no staging file left: every failpoint × 100, 0 promises broken",
  async run(rig) {
    const names = failpointNames("daemon/");
    const kills = rig.count(100, 1);
    const isOpening = (name: string): boolean => name.startsWith("daemon/migration/");
    const chosen = rig.isFull ? names : everyNth(8, names);
    rig.see({ failpoints: chosen.length });
    await inLanes(3, chosen, async (failpoint) => {
      if (isOpening(failpoint)) {
        const failpoints = Array.from({ length: kills }, () => failpoint);
        rig.see({ failpoint, ...(await killOpening(failpoints, () => {})) });
      } else {
        const { killed, violations, finished, lost } = await killAtFailpoints([failpoint], kills);
        rig.see({ failpoint, killed, violations, finished, lost });
      }
    });
  },
  figure(seen, isFull) {
    const expected = sum(seen.map((one) => ("failpoints" in one ? one.failpoints : 0)));
    const points = seen.filter((one) => "failpoint" in one);
    const reached = points.filter((point) => point.killed >= (isFull ? 100 : 1));
    const missing = points.filter((point) => !reached.includes(point));
    const broken = points.flatMap((point) => point.violations);
    const [finished, lost] = (["finished", "lost"] as const).map((what) =>
      sum(points.map((point) => point[what] ?? 0)),
    );
    return {
      text: [
        `${grouped(sum(points.map((point) => point.killed)))} kills at ${reached.length} of ${expected} failpoints`,
        `${grouped(finished ?? 0)} runs recorded once, ${lost} of them as lost`,
        `${broken.length} promises broken${broken.length > 0 ? `: ${broken[0]}` : ""}`,
        ...(missing.length > 0 ? [`not reached: ${missing.map((point) => point.failpoint).join(", ")}`] : []),
      ].join("; "),
      isReached: broken.length === 0 && reached.length === expected && expected > 0,
    };
  },
});
