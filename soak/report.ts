import { grouped } from "../faults/kit/numbers.ts";
import type { SoakResult } from "./soak.ts";
import { isFlat, type Trend } from "./trend.ts";

/** The figures of a soak as Markdown. */
export function reportOf(result: SoakResult): string {
  const { seed, minutes, requests, runs, failed, lostRuns, cartridges, edits, violations } = result;
  const kills = result.deaths.map(
    ({ name, kills: killed, terminations }) => `| ${name} | ${killed} | ${terminations} |`,
  );
  const trends = result.trends.map((trend) => {
    const { what, unit, first, second, bound } = trend;
    const cells = [
      what,
      figure(first, unit),
      figure(second, unit),
      bound === undefined ? "" : figure(bound, unit),
    ];
    return `| ${[...cells, bound === undefined ? "" : isFlat(trend) ? "yes" : "no"].join(" | ")} |`;
  });
  return [
    `${minutes} minutes, seed ${seed}, ${grouped(result.samples)} samples.`,
    "",
    "| What | Count |",
    "| --- | --: |",
    `| requests through the spool, answered with the right pixels | ${grouped(requests.spool.right)} |`,
    `| commands in the slot, answered with the right pixels | ${grouped(requests.slot.right)} |`,
    `| commands in the slot, given up by their client | ${grouped(requests.slot.lost)} |`,
    `| pings answered | ${grouped(requests.ping.right)} |`,
    `| runs of scripts | ${grouped(runs)} |`,
    `| of them refused, since Python is off | ${grouped(failed)} |`,
    `| of them lost with a loop that was killed, and run again | ${grouped(lostRuns)} |`,
    `| seconds without a renderer, at most | ${result.longestOutage.toFixed(1)} |`,
    `| seconds that the machine stood still, at most | ${result.longestStall.toFixed(1)} |`,
    `| edits of a script | ${grouped(edits)} |`,
    `| cartridges | ${grouped(cartridges)} |`,
    `| promises broken | ${grouped(violations.length)} |`,
    "",
    "| Process | kill -9 | SIGTERM |",
    "| --- | --: | --: |",
    ...kills,
    "",
    "| Figure | First half | Second half | Bound | Flat |",
    "| --- | --: | --: | --: | --- |",
    ...trends,
    ...violations.slice(0, 20).map((violation) => `\nBroken: ${violation}`),
  ].join("\n");
}

function figure(value: number, unit: Trend["unit"]): string {
  if (Number.isNaN(value)) return "";
  const digits = unit === "" || unit === "B" ? 0 : 1;
  return `${value.toFixed(digits)} ${unit}`.trim();
}
