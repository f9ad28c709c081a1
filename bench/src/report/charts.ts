import { fastest, time } from "../print.ts";
import type { Growth, RaceResult, Result, Timing } from "../results.ts";
import { bars, type Lane } from "./bars.ts";
import { curves } from "./curves.ts";

export interface Chart {
  /** File name. */
  readonly name: string;
  /** Alternative text. */
  readonly alt: string;
  readonly svg: string;
}

/** Charts and the prefix of the ids of the races that each one shows. */
const PICTURES = [
  { name: "raster.svg", title: "Drawing a frame (time, shorter is better)", prefix: "raster/" },
  { name: "encode.svg", title: "Encoding a PNG, pixels only (time, shorter is better)", prefix: "encode/" },
  {
    name: "decode.svg",
    title: "Decoding our own PNG, pixels only (time, shorter is better)",
    prefix: "decode/",
  },
  {
    name: "round-trip.svg",
    title: "A request and its reply between two processes (median, shorter is better)",
    prefix: "round-trip/",
  },
] as const;

export function charts(results: readonly Result[]): Chart[] {
  const races = results.filter((result): result is RaceResult => result.kind === "race");
  const pictures = PICTURES.flatMap(({ name, title, prefix }) => {
    const lanes = races.filter(({ id }) => id.startsWith(prefix)).map(laneOf);
    return lanes.length === 0 ? [] : [{ name, alt: title, svg: bars(title, lanes) }];
  });
  const growths = results.filter((result): result is Growth => result.kind === "growth");
  return [
    ...pictures,
    ...growths.map((growth) => ({
      name: `growth-${growth.of}.svg`,
      alt: `Growth with ${growth.of}: ${growth.title}`,
      svg: curves(growth),
    })),
  ];
}

/** Selects our first contender, the best peer and the floor; for round trips, every peer. */
function laneOf({ id, title, timings }: RaceResult): Lane {
  const shown = id.startsWith("round-trip/")
    ? timings
    : [
        timings.find(({ role }) => role === "ours"),
        fastest(timings, "peer"),
        fastest(timings, "floor"),
      ].filter((timing): timing is Timing => timing !== undefined);
  return {
    title,
    bars: shown.map(({ name, role, medianUs }) => ({
      name:
        role === "ours" && !id.startsWith("round-trip/")
          ? `ours: ${name}`.replace("ours: ours", "ours")
          : name,
      role,
      value: medianUs,
      label: time(medianUs),
    })),
  };
}
