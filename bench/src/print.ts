import type { Result, Timing } from "./results.ts";
import { judge } from "./targets.ts";

/** Prints one measurement. For a race: the median and range of every contender, and ours against the best peer and the floor. */
export function print(result: Result): void {
  console.log(`\n${result.title}  [${result.id}]`);
  if (result.kind === "race") {
    for (const timing of result.timings) console.log(`  ${describe(timing, result.timings)}`);
  } else if (result.kind === "figures") {
    for (const { name, value, unit } of result.figures) {
      console.log(`  ${name.padEnd(36)} ${value.toPrecision(4).padStart(10)} ${unit}`);
    }
  } else {
    console.log(`  ${result.of.padStart(12)}  ${result.timeOf}; ${result.memoryOf}`);
    for (const { x, us, megabytes } of result.points) {
      console.log(
        `  ${x.toLocaleString("en").padStart(12)}  ${time(us).padStart(10)}  ${megabytes.toFixed(1).padStart(8)} MB`,
      );
    }
  }
}

/** Prints every target that the results cover. */
export function printTargets(results: readonly Result[]): void {
  const judged = judge(results);
  if (judged.length === 0) return;
  console.log("\nTargets");
  for (const { target, reached, holds } of judged) {
    console.log(
      `  ${holds ? "reached" : "missed "}  ${target.title.padEnd(52)} ${target.reach.padEnd(34)} ${reached}`,
    );
  }
}

/** The fastest timing of a role. */
export function fastest(timings: readonly Timing[], role: Timing["role"]): Timing | undefined {
  return timings
    .filter((timing) => timing.role === role)
    .reduce<Timing | undefined>((best, t) => (best && best.medianUs <= t.medianUs ? best : t), undefined);
}

/** Formats microseconds in a readable unit. */
export function time(us: number): string {
  if (us < 1000) return `${us.toPrecision(3)} µs`;
  if (us < 1e6) return `${(us / 1000).toPrecision(3)} ms`;
  return `${(us / 1e6).toPrecision(3)} s`;
}

/** Describes the ratio of ours to another contender; empty if there is no other contender. */
export function against(other: Timing | undefined, ours: Timing): string {
  if (!other) return "";
  const ratio = other.medianUs / ours.medianUs;
  return ratio >= 1
    ? `${ratio.toFixed(1)}× faster than ${other.name}`
    : `${(1 / ratio).toFixed(2)}× the time of ${other.name}`;
}

function describe(timing: Timing, all: readonly Timing[]): string {
  const range =
    timing.p99Us === undefined
      ? `(${time(timing.minUs)}–${time(timing.maxUs)})`
      : `(p99 ${time(timing.p99Us)})`;
  const size = timing.bytes === undefined ? "" : `${timing.bytes.toLocaleString("en")} B`;
  const ratios =
    timing.role === "ours"
      ? [against(fastest(all, "peer"), timing), against(fastest(all, "floor"), timing)]
      : [];
  return [
    timing.role.padEnd(5),
    timing.name.padEnd(40),
    time(timing.medianUs).padStart(9),
    range.padEnd(22),
    size.padStart(13),
    ratios.filter(Boolean).join("; "),
  ].join(" ");
}
