import type { RaceResult, Timing } from "./harness.ts";
import { fastest } from "./print.ts";

/** What a row must reach, as a ratio within one run. */
export interface Target {
  readonly title: string;
  /** In words, e.g. `≥ 5× faster`. */
  readonly reach: string;
  /** The ratio reached, or undefined where the race was not run. */
  measure(results: readonly RaceResult[]): number | undefined;
  holds(ratio: number): boolean;
}

type Select = (timings: readonly Timing[]) => number | undefined;

const ours =
  (name?: string): Select =>
  (timings) =>
    timings.find((t) => t.role === "ours" && (name === undefined || t.name === name))?.medianUs;
const peer: Select = (timings) => fastest(timings, "peer")?.medianUs;
const floor: Select = (timings) => fastest(timings, "floor")?.medianUs;
const ourBytes: Select = (timings) => timings.find((t) => t.role === "ours")?.bytes;
const smallestPeer: Select = (timings) =>
  Math.min(...timings.flatMap((t) => (t.role === "peer" && t.bytes !== undefined ? [t.bytes] : [])));
const fastestPeersBytes: Select = (timings) => fastest(timings, "peer")?.bytes;

function target(
  race: string,
  what: string,
  reach: string,
  [above, below]: readonly [Select, Select],
  holds: (ratio: number) => boolean,
): Target {
  return {
    title: `${race}: ${what}`,
    reach,
    holds,
    measure(results) {
      const timings = results.find(({ id }) => id === race)?.timings;
      const a = timings && above(timings);
      const b = timings && below(timings);
      return a === undefined || b === undefined ? undefined : a / b;
    },
  };
}

/** Theirs over ours must be at least `times`. */
const faster = (race: string, what: string, times: number, name?: string): Target =>
  target(race, what, `≥ ${times}× the best peer`, [peer, ours(name)], (ratio) => ratio >= times);
/** Ours over the floor must be at most `times`. */
const within = (race: string, what: string, times: number, name?: string): Target =>
  target(race, what, `≤ ${times}× the floor`, [ours(name), floor], (ratio) => ratio <= times);

const alone = "drawing alone, reused frame";
const parsing = "parse + draw, reused frame";

export const targets: readonly Target[] = [
  faster("raster/A1", "parse + render", 5, parsing),
  faster("raster/A1", "drawing alone", 10, alone),
  faster("raster/A2", "parse + render", 5, parsing),
  faster("raster/A2", "drawing alone", 10, alone),
  faster("raster/A3", "10,000 rectangles, white", 5, alone),
  faster("raster/A4", "20,000 texts, drawing", 20, alone),
  faster("raster/A4", "20,000 texts, with parsing", 8, parsing),
  within("raster/A5", "4K fill", 2.2, alone),
  within("parse/1000000", "a million lines", 30),
  faster("encode/hello", "time", 10),
  target("encode/hello", "bytes", "≤ the smallest peer", [ourBytes, smallestPeer], (r) => r <= 1),
  ...["1080p-flat", "4k-flat"].flatMap((id) => [
    faster(`encode/${id}`, "time", 2),
    target(
      `encode/${id}`,
      "bytes",
      "≤ ½ of the fastest peer",
      [ourBytes, fastestPeersBytes],
      (r) => r <= 0.5,
    ),
  ]),
  faster("decode/hello", "time", 2),
  faster("decode/1080p-flat", "time", 1),
  faster("decode/4k-flat", "time", 1),
];
