import { performance } from "node:perf_hooks";
import { median, percentile } from "@gvpie/testing";

import type { RaceResult } from "./results.ts";

/** One contender in a race: ours, a peer, or a floor. */
export interface Contender {
  readonly name: string;
  readonly role: "ours" | "peer" | "floor";
  /** The timed work. */
  run(): unknown;
  /** Size of the result in bytes, if the race compares sizes. */
  readonly bytes?: number | undefined;
}

/** Contenders that do the same work, timed in turn within one process. */
export interface Race {
  /** Stable, used by targets and charts, e.g. `raster/A1`. */
  readonly id: string;
  readonly title: string;
  readonly contenders: readonly Contender[];
}

/** The number and length of measurements. */
export interface Effort {
  /** Every contender runs once per round. */
  readonly rounds: number;
  /** Milliseconds per contender and round; a contender runs at least once. */
  readonly sliceMs: number;
  /** Scales the counts of measurements that are not races; at most 1. */
  readonly scale: number;
}

export const FULL: Effort = { rounds: 9, sliceMs: 50, scale: 1 };
export const QUICK: Effort = { rounds: 3, sliceMs: 10, scale: 0.1 };

/** Target length of one stretch. */
const STRETCH_MS = 2;
/** Stretches of at least half a slice that run before timing starts. A run longer than two slices needs only one. */
const WARM_STRETCHES = 4;
/** A run longer than this many slices is slow. */
const SLOW_SLICES = 5;

/**
 * Times all contenders in shuffled rounds, so that drift of the machine affects each of them equally.
 * A figure is the median over the rounds.
 */
export async function runRace(race: Race, { rounds, sliceMs }: Effort): Promise<RaceResult> {
  const lanes = [];
  for (const contender of race.contenders) {
    lanes.push({ contender, pace: await calibrate(contender, sliceMs), samples: new Array<number>() });
  }
  for (let round = 0; round < rounds; round++) {
    for (const lane of shuffled(lanes)) {
      // A slow contender runs in every second round only, to bound the length of the race.
      if (lane.pace.ms > SLOW_SLICES * sliceMs && round % 2 === 1) continue;
      lane.samples.push(await sample(lane.contender, lane.pace));
    }
  }
  return {
    kind: "race",
    id: race.id,
    title: race.title,
    timings: lanes.map(({ contender: { name, role, bytes }, samples }) => ({
      name,
      role,
      bytes,
      ...summary(samples),
    })),
  };
}

/** Returns the median, minimum and maximum of samples in microseconds. */
export function summary(samples: readonly number[]): { medianUs: number; minUs: number; maxUs: number } {
  return { medianUs: median(samples), minUs: percentile(samples, 0), maxUs: percentile(samples, 1) };
}

/** {@link summary} with the 99th percentile, for samples that are single runs. */
export function summaryOfRuns(samples: readonly number[]): ReturnType<typeof summary> & { p99Us: number } {
  return { ...summary(samples), p99Us: percentile(samples, 0.99) };
}

export function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

/** The pace of a contender: `repeats` runs make one stretch, and `stretches` stretches fill a slice. */
interface Pace {
  readonly repeats: number;
  readonly stretches: number;
  /** Milliseconds per run. */
  readonly ms: number;
}

/** Returns microseconds per run: the median over stretches so short that another process rarely interrupts one. */
async function sample(contender: Contender, { repeats, stretches }: Pace): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < stretches; i++) samples.push(((await stretch(contender, repeats)) * 1000) / repeats);
  return summary(samples).medianUs;
}

/** Returns the milliseconds that `repeats` runs take together. */
async function stretch(contender: Contender, repeats: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) {
    const result = contender.run();
    // Awaiting a plain value would cost a microtask that synchronous contenders do not have.
    if (result instanceof Promise) await result;
  }
  return performance.now() - start;
}

/** Warms up, and measures how many runs fill a stretch and how many stretches fill a slice. */
async function calibrate(contender: Contender, sliceMs: number): Promise<Pace> {
  // JIT compilers work on other threads, so warm-up needs time as well as runs.
  for (let repeats = 1, warm = 1; ;) {
    const ms = await stretch(contender, repeats);
    if (ms < sliceMs / 2) {
      repeats *= ms < 1 ? 8 : 2;
    } else if (warm < WARM_STRETCHES && ms < sliceMs * 2) {
      warm++;
    } else {
      const run = ms / repeats;
      const inStretch = Math.max(1, Math.round(STRETCH_MS / run));
      return { repeats: inStretch, stretches: Math.max(1, Math.round(sliceMs / (inStretch * run))), ms: run };
    }
  }
}
