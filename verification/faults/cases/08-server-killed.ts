import { formatCount, sum } from "@gvpie/testing";
import { everyNth, failpointNames, type FailpointCount } from "../harness/failpoints.ts";
import { defineCase } from "../harness/fault-case.ts";
import { forEachConcurrently } from "../harness/for-each-concurrently.ts";
import { killServerAt, type ServerKills } from "../harness/kill-server.ts";
import { formatViolations } from "../harness/verdict.ts";

export const serverKilled = defineCase<FailpointCount | ServerKills>({
  number: 8,
  fault: "the server is killed at any step",
  required:
    "no spool request is lost within its deadline or answered twice, and the slot keeps working: every failpoint × 100, 0 violations",
  async run(context) {
    const names = failpointNames("file-socket/").filter((name) => !name.startsWith("file-socket/client/"));
    const chosen = context.isFull ? names : everyNth(2, names);
    context.record({ failpoints: chosen.length });
    const kills = context.count(100, 1);
    await forEachConcurrently(5, chosen, async (name) =>
      context.record(await killServerAt(context, name, kills)),
    );
  },
  evaluate(observations, isFull) {
    const expected = sum(observations.map((one) => ("failpoints" in one ? one.failpoints : 0)));
    const points = observations.filter((one) => "failpoint" in one);
    const reached = points.filter((point) => point.kills >= (isFull ? 100 : 1));
    const violations = points.flatMap(violationsOf);
    const spools = points.flatMap(({ spool }) => spool ?? []);
    const poisoned = sum(spools.map((spool) => spool.statuses["poison"] ?? 0));
    const missing = points.filter((point) => !reached.includes(point)).map((point) => point.failpoint);
    const slots = points.flatMap(({ slot }) => slot ?? []);
    return {
      summary: [
        `${formatCount(sum(points.map((point) => point.kills)))} kills at ${reached.length} of ${expected} failpoints`,
        `${formatCount(sum(spools.map((spool) => spool.requests)))} requests, each answered once (${poisoned} as poison)`,
        `${formatCount(sum(slots.map((slot) => slot.right + slot.refused)))} slot commands answered, ${sum(slots.map((slot) => slot.lost))} timed out, ${sum(slots.map((slot) => slot.wrong))} wrong`,
        formatViolations(violations),
        ...(missing.length > 0 ? [`not reached: ${missing.join(", ")}`] : []),
      ].join("; "),
      isMet: violations.length === 0 && reached.length === expected && expected > 0,
    };
  },
});

function violationsOf({ failpoint, slot, spool, left, changed }: ServerKills): string[] {
  const violations: string[] = [];
  const expectNone = (count: number, description: string): void => {
    if (count > 0) violations.push(`${failpoint}: ${count} ${description}`);
  };
  expectNone(slot?.wrong ?? 0, "wrong pictures in the slot");
  expectNone(spool?.wrong ?? 0, "wrong pictures in the spool");
  expectNone(spool?.duplicates ?? 0, "second replies");
  expectNone(spool?.late ?? 0, "requests without a reply at their deadline");
  expectNone(left.length, `files left (${left[0]})`);
  expectNone(changed.length, `files of other programs changed (${changed[0]})`);
  return violations;
}
