import { killClientsAt, type ClientKills } from "../kit/kill-clients.ts";
import { everyNth, failpointNames } from "../kit/failpoints.ts";
import { inLanes } from "../kit/lanes.ts";
import { grouped, sum } from "../kit/numbers.ts";
import { defineRow } from "../row.ts";

interface Expected {
  /** Every failpoint of the client. */
  readonly failpoints: number;
}

export const clientKilledAnywhere = defineRow<Expected | ClientKills>({
  number: 28,
  fault: "a client is killed at any step",
  required: "the others are served, all that was its own is purged: every failpoint × 100, 0 promises broken",
  async run(rig) {
    const names = failpointNames("file-socket/client/");
    const chosen = rig.isFull ? names : everyNth(3, names);
    rig.see({ failpoints: chosen.length });
    const kills = rig.count(100, 1);
    await inLanes(4, chosen, async (name) => rig.see(await killClientsAt(rig, name, kills)));
  },
  figure(seen, isFull) {
    const expected = sum(seen.map((one) => ("failpoints" in one ? one.failpoints : 0)));
    const points = seen.filter((one) => "failpoint" in one);
    const reached = points.filter((point) => point.kills >= (isFull ? 100 : 1));
    const missing = points.filter((point) => !reached.includes(point)).map((point) => point.failpoint);
    const left = points.flatMap((point) => point.left);
    const touched = points.flatMap((point) => point.touched);
    const refused = sum(points.map((point) => point.asked - point.served));
    return {
      text: [
        `${grouped(sum(points.map((point) => point.kills)))} kills at ${reached.length} of ${expected} failpoints`,
        `${refused} of ${grouped(sum(points.map((point) => point.asked)))} requests of others lost`,
        `${left.length} files left, ${touched.length} of others touched`,
        ...(missing.length > 0 ? [`not reached: ${missing.join(", ")}`] : []),
      ].join("; "),
      isReached:
        reached.length === expected &&
        expected > 0 &&
        refused === 0 &&
        left.length === 0 &&
        touched.length === 0,
    };
  },
});
