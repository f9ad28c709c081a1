import { performance } from "node:perf_hooks";
import type { RaceResult } from "./results.ts";

/** One contender in a race: ours, a peer, or a floor that nothing can beat. */
export interface Contender {
  readonly name: string;
  readonly role: "ours" | "peer" | "floor";
  /** The work that is timed. */
  run(): unknown;
  /** Size of the result in bytes, where size is part of the comparison. */
  readonly bytes?: number | undefined;
}

/** Contenders that do the same work, timed in turn within one process. */
export interface Race {
  /** Stable, used by targets and charts, e.g. `raster/A1`. */
  readonly id: string;
  readonly title: string;
  readonly contenders: readonly Contender[];
}

/** How long measurements take. */
export interface Effort {
  /** Every contender runs once in each. */
  readonly rounds: number;
  /** A contender runs for about this long in each round, and at least once. */
  readonly sliceMs: number;
  /** Scales the counts of measurements that are no races: 1, or less. */
  readonly scale: number;
}

export const FULL: Effort = { rounds: 9, sliceMs: 50, scale: 1 };
export const QUICK: Effort = { rounds: 3, sliceMs: 10, scale: 0.1 };

/** Milliseconds. */
const STRETCH_MS = 2;
/** Long stretches before anything is timed; one that takes several slices is enough alone. */
const WARM_STRETCHES = 4;
/** A run of more slices than this is slow. */
const SLOW_SLICES = 5;

/**
 * Time all contenders in shuffled rounds, so that drift of the machine reaches each of them alike.
 * A figure is the median over the rounds.
 */
export async function runRace(race: Race, { rounds, sliceMs }: Effort): Promise<RaceResult> {
  const lanes = [];
  for (const contender of race.contenders) {
    lanes.push({ contender, pace: await calibrate(contender, sliceMs), samples: new Array<number>() });
  }
  for (let round = 0; round < rounds; round++) {
    for (const lane of shuffled(lanes)) {
      // Whoever takes very long runs in every second round only, or the others would wait for hours.
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

/** Median, minimum and maximum of samples in microseconds. */
export function summary(samples: readonly number[]): { medianUs: number; minUs: number; maxUs: number } {
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    medianUs: percentile(sorted, 0.5),
    minUs: sorted[0] ?? Number.NaN,
    maxUs: sorted.at(-1) ?? Number.NaN,
  };
}

/** {@link summary} with the slow ones counted, for samples that are single runs. */
export function summaryOfRuns(samples: readonly number[]): ReturnType<typeof summary> & { p99Us: number } {
  return {
    ...summary(samples),
    p99Us: percentile(
      samples.toSorted((a, b) => a - b),
      0.99,
    ),
  };
}

/** The nearest-rank percentile of sorted samples. */
export function percentile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? Number.NaN;
}

export function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

/** How a contender is timed: `repeats` runs are one stretch, `stretches` of them fill a slice. */
interface Pace {
  readonly repeats: number;
  readonly stretches: number;
  /** Milliseconds of a run. */
  readonly ms: number;
}

/** Microseconds a run: the median over stretches short enough that another process seldom gets in between. */
async function sample(contender: Contender, { repeats, stretches }: Pace): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < stretches; i++) samples.push(((await stretch(contender, repeats)) * 1000) / repeats);
  return summary(samples).medianUs;
}

/** Milliseconds that some runs take together. */
async function stretch(contender: Contender, repeats: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) {
    const result = contender.run();
    // Awaiting a plain value would cost a microtask that synchronous contenders do not have.
    if (result instanceof Promise) await result;
  }
  return performance.now() - start;
}

/** Warm up, and find how many runs fill a stretch and how many stretches a slice. */
async function calibrate(contender: Contender, sliceMs: number): Promise<Pace> {
  // Compilers work on other threads, so time counts as well as runs.
  for (let repeats = 1, warm = 1; ;) {
    const ms = await stretch(contender, repeats);
    if (ms < sliceMs / 2) repeats *= ms < 1 ? 8 : 2;
    else if (warm < WARM_STRETCHES && ms < sliceMs * 2) warm++;
    else {
      const run = ms / repeats;
      const inStretch = Math.max(1, Math.round(STRETCH_MS / run));
      return { repeats: inStretch, stretches: Math.max(1, Math.round(sliceMs / (inStretch * run))), ms: run };
    }
  }
}
