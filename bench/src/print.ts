import type { RaceResult, Timing } from "./harness.ts";
import { targets } from "./targets.ts";

/** Print one race: every contender's median with its range, and ours against the best peer and the floor. */
export function printRace(result: RaceResult): void {
  console.log(`\n${result.title}  [${result.id}]`);
  const peer = fastest(result.timings, "peer");
  const floor = fastest(result.timings, "floor");
  for (const timing of result.timings) {
    const ratios = timing.role === "ours" ? [against(peer, timing), against(floor, timing)].join("") : "";
    const size = timing.bytes === undefined ? "" : `${timing.bytes.toLocaleString("en")} B`;
    console.log(
      `  ${timing.role.padEnd(5)} ${timing.name.padEnd(30)} ${time(timing.medianUs).padStart(10)}` +
        (timing.p99Us === undefined
          ? `  (${time(timing.minUs)}–${time(timing.maxUs)})`
          : `  (p99 ${time(timing.p99Us)})`
        ).padEnd(24) +
        size.padStart(14) +
        ratios,
    );
  }
}

/** Print every target that the results allow to judge. */
export function printTargets(results: readonly RaceResult[]): void {
  const judged = targets.flatMap((target) => {
    const reached = target.measure(results);
    return reached === undefined ? [] : [{ target, reached, held: target.holds(reached) }];
  });
  if (judged.length === 0) return;
  console.log("\nTargets");
  for (const { target, reached, held } of judged) {
    console.log(
      `  ${held ? "reached" : "SHORT  "}  ${target.title.padEnd(58)} ${target.reach.padEnd(22)} ${reached.toFixed(2)}×`,
    );
  }
}

/** The fastest timing of a role. */
export function fastest(timings: readonly Timing[], role: Timing["role"]): Timing | undefined {
  return timings
    .filter((timing) => timing.role === role)
    .reduce<Timing | undefined>((best, t) => (best && best.medianUs <= t.medianUs ? best : t), undefined);
}

/** Microseconds in a unit that reads well. */
export function time(us: number): string {
  if (us < 1000) return `${us.toPrecision(3)} µs`;
  if (us < 1e6) return `${(us / 1000).toPrecision(3)} ms`;
  return `${(us / 1e6).toPrecision(3)} s`;
}

function against(other: Timing | undefined, ours: Timing): string {
  if (!other) return "";
  const ratio = other.medianUs / ours.medianUs;
  return ratio >= 1
    ? `  ${ratio.toFixed(1)}× faster than ${other.name}`
    : `  ${(1 / ratio).toFixed(2)}× ${other.name}`;
}
