import type { Clock } from "./types.ts";

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
};
