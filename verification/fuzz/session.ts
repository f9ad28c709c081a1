import { SeededRandom } from "@gvpie/testing";
import type { FuzzTarget } from "@gvpie/testing/fuzz";

/** Milliseconds that one input may take. A slower input runs twice, since the machine may be busy. */
const MAX_MS = 2_000;
/** Bytes by which one input may raise the peak memory of the process. */
const MAX_GROWTH_BYTES = 192 * 2 ** 20;
/** Inputs from which others are made. */
const MAX_POOL = 2_000;

/** Observes a session while it runs. */
export interface Observer {
  /** Called with each input before it runs, so that an input that never returns is known. */
  before(index: number, input: Uint8Array): void;
  /** Called with each input whose outcome is new. */
  found(input: Uint8Array): void;
}

export interface SessionOptions {
  readonly seed: number;
  /** Inputs of earlier sessions. */
  readonly corpus: readonly Uint8Array[];
  /** Called before each mutated input; the session ends when it returns false. */
  readonly shouldContinue: (count: number) => boolean;
}

export interface Failure {
  /** The input's number in its session. The same seed and corpus lead to the same input. */
  readonly index: number;
  readonly input: Uint8Array;
  readonly reason: string;
}

export interface SessionResult {
  readonly count: number;
  /** Number of different outcomes. */
  readonly outcomes: number;
  readonly slowestMs: number;
  readonly failure: Failure | undefined;
}

/** Runs a target on mutated inputs until one fails. The inputs follow from the seed and the corpus alone. */
export async function runSession(
  target: FuzzTarget,
  { seed, corpus, shouldContinue }: SessionOptions,
  observer: Observer,
): Promise<SessionResult> {
  const random = new SeededRandom(seed);
  const pool: Uint8Array[] = [];
  const outcomes = new Set<string>();
  let count = 0;
  let slowestMs = 0;

  /** Runs one input; returns the reason why it failed, if it did. */
  const run = async (input: Uint8Array): Promise<string | undefined> => {
    const peak = peakBytes();
    let startedAt = performance.now();
    const outcome = await target.run(input);
    let ms = performance.now() - startedAt;
    if (ms > MAX_MS) {
      startedAt = performance.now();
      await target.run(input);
      ms = performance.now() - startedAt;
      if (ms > MAX_MS) return `took ${Math.round(ms)} ms, twice`;
    }
    slowestMs = Math.max(slowestMs, ms);
    const grown = peakBytes() - peak;
    if (grown > MAX_GROWTH_BYTES) return `took ${Math.round(grown / 2 ** 20)} MiB`;
    if (!outcomes.has(outcome)) {
      outcomes.add(outcome);
      if (pool.length < MAX_POOL) pool.push(input);
      observer.found(input);
    }
    return undefined;
  };

  const tryInput = async (input: Uint8Array): Promise<Failure | undefined> => {
    const index = count++;
    observer.before(index, input);
    const reason = await run(input).catch((error: unknown) =>
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
    return reason === undefined ? undefined : { index, input, reason };
  };

  let failure: Failure | undefined;
  for (const input of [...(await target.seeds()), ...corpus]) {
    pool.push(input);
    failure ??= await tryInput(input);
  }
  while (failure === undefined && shouldContinue(count)) {
    failure = await tryInput(target.mutate(random.pick(pool), random.pick(pool), random));
  }
  return { count, outcomes: outcomes.size, slowestMs, failure };
}

/** Returns the peak memory of this process. */
function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
