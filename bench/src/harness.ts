import { performance } from "node:perf_hooks";

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

/** Microseconds per run of one contender. */
export interface Timing {
  readonly name: string;
  readonly role: Contender["role"];
  readonly medianUs: number;
  readonly minUs: number;
  readonly maxUs: number;
  /** Where single runs were timed, and the slow ones matter. */
  readonly p99Us?: number | undefined;
  readonly bytes?: number | undefined;
}

export interface RaceResult {
  readonly id: string;
  readonly title: string;
  readonly timings: readonly Timing[];
}

const ROUNDS = 9;
/** A contender runs for about this long in each round, and at least once. */
const SLICE_MS = 60;

/**
 * Time all contenders in shuffled rounds, so that drift of the machine reaches each of them alike.
 * A figure is the median over the rounds of the mean time of a run.
 */
export async function runRace(race: Race): Promise<RaceResult> {
  const lanes = [];
  for (const contender of race.contenders) {
    lanes.push({ contender, repeats: await calibrate(contender), samples: new Array<number>() });
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const lane of shuffled(lanes)) lane.samples.push(await sample(lane.contender, lane.repeats));
  }
  return {
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

/** Median, minimum and maximum of samples, in their own unit. */
export function summary(samples: readonly number[]): { medianUs: number; minUs: number; maxUs: number } {
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    medianUs: percentile(sorted, 0.5),
    minUs: sorted[0] ?? Number.NaN,
    maxUs: sorted.at(-1) ?? Number.NaN,
  };
}

/** The nearest-rank percentile of sorted samples. */
export function percentile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * fraction) - 1)] ?? Number.NaN;
}

async function sample(contender: Contender, repeats: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) {
    const result = contender.run();
    // Awaiting a plain value would cost a microtask that synchronous contenders do not have.
    if (result instanceof Promise) await result;
  }
  return ((performance.now() - start) * 1000) / repeats;
}

/** Warm up, and find how many runs fill a slice. */
async function calibrate(contender: Contender): Promise<number> {
  let repeats = 1;
  for (;;) {
    const ms = ((await sample(contender, repeats)) * repeats) / 1000;
    if (ms >= SLICE_MS / 2) return Math.max(1, Math.round((repeats * SLICE_MS) / ms));
    repeats *= ms < 1 ? 8 : 2;
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
