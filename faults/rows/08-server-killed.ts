import { everyNth, failpointNames } from "../kit/failpoints.ts";
import { inLanes } from "../kit/lanes.ts";
import { killServerAt, type PointKills } from "../kit/kill-server.ts";
import { grouped, sum } from "../kit/numbers.ts";
import { defineRow } from "../row.ts";

interface Expected {
  /** Every failpoint of the server. */
  readonly failpoints: number;
}

export const serverKilled = defineRow<Expected | PointKills>({
  number: 8,
  fault: "the server is killed at any step",
  required:
    "no spool request lost within its deadline, no reply twice, the slot goes on: every failpoint × 100, 0 promises broken",
  async run(rig) {
    const names = failpointNames("file-socket/").filter((name) => !name.startsWith("file-socket/client/"));
    const chosen = rig.isFull ? names : everyNth(2, names);
    rig.see({ failpoints: chosen.length });
    const kills = rig.count(100, 1);
    await inLanes(5, chosen, async (name) => rig.see(await killServerAt(rig, name, kills)));
  },
  figure(seen, isFull) {
    const expected = sum(seen.map((one) => ("failpoints" in one ? one.failpoints : 0)));
    const points = seen.filter((one) => "failpoint" in one);
    const reached = points.filter((point) => point.kills >= (isFull ? 100 : 1));
    const broken = points.flatMap(brokenPromises);
    const spools = points.flatMap(({ spool }) => spool ?? []);
    const poisoned = sum(spools.map((spool) => spool.statuses["poison"] ?? 0));
    const missing = points.filter((point) => !reached.includes(point)).map((point) => point.failpoint);
    const slots = points.flatMap(({ slot }) => slot ?? []);
    return {
      text: [
        `${grouped(sum(points.map((point) => point.kills)))} kills at ${reached.length} of ${expected} failpoints`,
        `${grouped(sum(spools.map((spool) => spool.requests)))} requests, each answered once (${poisoned} as poison)`,
        `${grouped(sum(slots.map((slot) => slot.right + slot.refused)))} slot commands answered, ${sum(slots.map((slot) => slot.lost))} given up, ${sum(slots.map((slot) => slot.wrong))} wrong`,
        `${broken.length} promises broken${broken.length > 0 ? `: ${broken[0]}` : ""}`,
        ...(missing.length > 0 ? [`not reached: ${missing.join(", ")}`] : []),
      ].join("; "),
      isReached: broken.length === 0 && reached.length === expected && expected > 0,
    };
  },
});

function brokenPromises({ failpoint, slot, spool, left, touched }: PointKills): string[] {
  const broken: string[] = [];
  const claim = (count: number, what: string): void => {
    if (count > 0) broken.push(`${failpoint}: ${count} ${what}`);
  };
  claim(slot?.wrong ?? 0, "wrong pictures in the slot");
  claim(spool?.wrong ?? 0, "wrong pictures in the spool");
  claim(spool?.duplicates ?? 0, "second replies");
  claim(spool?.late ?? 0, "requests without a reply at their deadline");
  claim(left.length, `files left (${left[0]})`);
  claim(touched.length, `files of others touched (${touched[0]})`);
  return broken;
}
