import { Random } from "./random.ts";
import { MAX_GROWTH, MAX_MS, type Target } from "./target.ts";

/** What a session tells while it goes on. */
export interface Watcher {
  /** Told of every input before it is given, so that one which never comes back is known. */
  before(index: number, input: Uint8Array): void;
  /** Told of an input with an outcome that no other had. */
  found(input: Uint8Array): void;
}

export interface SessionOptions {
  readonly seed: number;
  /** Inputs of earlier sessions. */
  readonly corpus: readonly Uint8Array[];
  /** Whether to go on, asked before each input. */
  readonly goOn: (count: number) => boolean;
}

export interface Failure {
  /** Of the input in its session: the same seed and corpus lead to it again. */
  readonly index: number;
  readonly input: Uint8Array;
  readonly reason: string;
}

export interface SessionResult {
  readonly count: number;
  /** Outcomes that differ. */
  readonly outcomes: number;
  readonly slowestMs: number;
  readonly failure: Failure | undefined;
}

/** Inputs from which others are made. */
const MAX_POOL = 2_000;

/** Gives a target mutated inputs until one fails. What it does follows from the seed and the corpus alone. */
export async function runSession(
  target: Target,
  { seed, corpus, goOn }: SessionOptions,
  watcher: Watcher,
): Promise<SessionResult> {
  const random = new Random(seed);
  const pool: Uint8Array[] = [];
  const outcomes = new Set<string>();
  let count = 0;
  let slowestMs = 0;

  const give = async (input: Uint8Array): Promise<Failure | undefined> => {
    const index = count++;
    watcher.before(index, input);
    const peak = peakBytes();
    let startedAt = performance.now();
    try {
      const outcome = await target.run(input);
      let ms = performance.now() - startedAt;
      if (ms > MAX_MS) {
        startedAt = performance.now();
        await target.run(input);
        ms = performance.now() - startedAt;
        if (ms > MAX_MS) return { index, input, reason: `took ${Math.round(ms)} ms, twice` };
      }
      slowestMs = Math.max(slowestMs, ms);
      const grown = peakBytes() - peak;
      if (grown > MAX_GROWTH) return { index, input, reason: `took ${Math.round(grown / 2 ** 20)} MiB` };
      if (!outcomes.has(outcome)) {
        outcomes.add(outcome);
        if (pool.length < MAX_POOL) pool.push(input);
        watcher.found(input);
      }
      return undefined;
    } catch (error) {
      return {
        index,
        input,
        reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
      };
    }
  };

  let failure: Failure | undefined;
  for (const input of [...(await target.seeds()), ...corpus]) {
    pool.push(input);
    failure ??= await give(input);
  }
  while (failure === undefined && goOn(count)) {
    const input = target.mutate(random.pick(pool), random.pick(pool), random);
    failure = await give(input);
  }
  return { count, outcomes: outcomes.size, slowestMs, failure };
}

/** The most memory that this process ever had. */
function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
