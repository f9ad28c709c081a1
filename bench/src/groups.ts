import { capabilities } from "./groups/capability.ts";
import { growth } from "./groups/growth.ts";
import { idleDaemons } from "./groups/idle.ts";
import { languageRaces } from "./groups/language.ts";
import { wholeLoop } from "./groups/loop.ts";
import { operations } from "./groups/operations.ts";
import { parseRaces } from "./groups/parse.ts";
import { pngRaces } from "./groups/png.ts";
import { rasterRaces } from "./groups/raster.ts";
import { roundTrips } from "./groups/round-trip.ts";
import { slotTurnaround } from "./groups/slot.ts";
import { coldStart } from "./groups/start.ts";
import { storeRaces } from "./groups/store.ts";
import type { Effort, Race } from "./harness.ts";
import type { Result } from "./results.ts";

/** Yields races to run, and results of measurements that are not races. */
type Group = (effort: Effort) => AsyncIterable<Race | Result>;

export const groups: Readonly<Record<string, Group>> = {
  raster: rasterRaces,
  language: languageRaces,
  parse: parseRaces,
  png: pngRaces,
  "round-trip": roundTrips,
  slot: slotTurnaround,
  capability: capabilities,
  store: storeRaces,
  loop: wholeLoop,
  start: coldStart,
  idle: idleDaemons,
  operations,
  growth,
};
