import { formatCount } from "@gvpie/testing";
import type { SoakResult } from "./soak.ts";
import { isFlat, type Trend } from "./trends.ts";

/** Formats the figures of a soak as Markdown. */
export function formatReport(result: SoakResult): string {
  const { seed, minutes, requests, runs, refused, lostRuns, cartridges, edits, violations } = result;
  const kills = result.restarts.map(
    ({ name, kills: killed, terminations }) => `| ${name} | ${killed} | ${terminations} |`,
  );
  const trends = result.trends.map((trend) => {
    const { name, unit, first, second, bound } = trend;
    const cells = [
      name,
      formatFigure(first, unit),
      formatFigure(second, unit),
      bound === undefined ? "" : formatFigure(bound, unit),
    ];
    return `| ${[...cells, bound === undefined ? "" : isFlat(trend) ? "yes" : "no"].join(" | ")} |`;
  });
  return [
    `${minutes} minutes, seed ${seed}, ${formatCount(result.samples)} samples.`,
    "",
    "| Event | Count |",
    "| --- | --: |",
    `| spool requests answered with the right pixels | ${formatCount(requests.spool.right)} |`,
    `| slot commands answered with the right pixels | ${formatCount(requests.slot.right)} |`,
    `| slot commands that timed out | ${formatCount(requests.slot.lost)} |`,
    `| pings answered | ${formatCount(requests.ping.right)} |`,
    `| runs of scripts | ${formatCount(runs)} |`,
    `| runs refused, since Python is off | ${formatCount(refused)} |`,
    `| runs lost with a killed loop, and run again | ${formatCount(lostRuns)} |`,
    `| longest time without a renderer, seconds | ${result.longestOutageSeconds.toFixed(1)} |`,
    `| longest stall of the machine, seconds | ${result.longestStallSeconds.toFixed(1)} |`,
    `| edits of a script | ${formatCount(edits)} |`,
    `| cartridges | ${formatCount(cartridges)} |`,
    `| violations | ${formatCount(violations.length)} |`,
    "",
    "| Process | kill -9 | SIGTERM |",
    "| --- | --: | --: |",
    ...kills,
    "",
    "| Figure | First half | Second half | Bound | Flat |",
    "| --- | --: | --: | --: | --- |",
    ...trends,
    ...violations.slice(0, 20).map((violation) => `\nViolation: ${violation}`),
  ].join("\n");
}

function formatFigure(value: number, unit: Trend["unit"]): string {
  if (Number.isNaN(value)) return "";
  const digits = unit === "" || unit === "B" ? 0 : 1;
  return `${value.toFixed(digits)} ${unit}`.trim();
}
