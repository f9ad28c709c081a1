import { formatCount, sum } from "@gvpie/testing";
import { everyNth, failpointNames, type FailpointCount } from "../harness/failpoints.ts";
import { defineCase } from "../harness/fault-case.ts";
import { forEachConcurrently } from "../harness/for-each-concurrently.ts";
import { killClientsAt, type ClientKills } from "../harness/kill-clients.ts";

export const clientKilledAnywhere = defineCase<FailpointCount | ClientKills>({
  number: 28,
  fault: "a client is killed at any step",
  required: "other clients are served, and all its files are purged: every failpoint × 100, 0 violations",
  async run(context) {
    const names = failpointNames("file-socket/client/");
    const chosen = context.isFull ? names : everyNth(3, names);
    context.record({ failpoints: chosen.length });
    const kills = context.count(100, 1);
    await forEachConcurrently(4, chosen, async (name) =>
      context.record(await killClientsAt(context, name, kills)),
    );
  },
  evaluate(observations, isFull) {
    const expected = sum(observations.map((one) => ("failpoints" in one ? one.failpoints : 0)));
    const points = observations.filter((one) => "failpoint" in one);
    const reached = points.filter((point) => point.kills >= (isFull ? 100 : 1));
    const missing = points.filter((point) => !reached.includes(point)).map((point) => point.failpoint);
    const left = points.flatMap((point) => point.left);
    const changed = points.flatMap((point) => point.changed);
    const lost = sum(points.map((point) => point.requests - point.served));
    return {
      summary: [
        `${formatCount(sum(points.map((point) => point.kills)))} kills at ${reached.length} of ${expected} failpoints`,
        `${lost} of ${formatCount(sum(points.map((point) => point.requests)))} requests of other clients lost`,
        `${left.length} files left, ${changed.length} of other programs changed`,
        ...(missing.length > 0 ? [`not reached: ${missing.join(", ")}`] : []),
      ].join("; "),
      isMet:
        reached.length === expected &&
        expected > 0 &&
        lost === 0 &&
        left.length === 0 &&
        changed.length === 0,
    };
  },
});
