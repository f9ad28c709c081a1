import { parseRaces } from "./groups/parse.ts";
import { pngRaces } from "./groups/png.ts";
import { rasterRaces } from "./groups/raster.ts";
import { roundTrips } from "./groups/round-trip.ts";
import type { Race, RaceResult } from "./harness.ts";

/** Races to run, or results of measurements that are no races (round trips, growth), one after the other. */
type Group = () => AsyncIterable<Race | RaceResult>;

export const groups: Readonly<Record<string, Group>> = {
  raster: each(rasterRaces),
  parse: each(parseRaces),
  png: each(pngRaces),
  "round-trip": roundTrips,
};

function each(races: () => Race[] | Promise<Race[]>): Group {
  return async function* () {
    yield* await races();
  };
}
