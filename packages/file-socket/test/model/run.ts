import fc from "fast-check";

/** Number of occurrences of each outcome, for the log. */
export type Tally = Map<string, number>;

export function count(tally: Tally, outcome: string, times = 1): void {
  tally.set(outcome, (tally.get(outcome) ?? 0) + times);
}

/** Number of sequences. The default takes seconds; `MODEL_RUNS=10000` searches thoroughly. */
export const RUNS = Number(process.env["MODEL_RUNS"] ?? 60);
/** Printed by every run. Set `MODEL_SEED` to it to repeat the same sequences. */
export const SEED = Number(process.env["MODEL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
/** Concurrent sequences; they wait most of the time. */
const CONCURRENCY = Math.min(48, Math.max(24, RUNS / 20));

let pulses = 0;
setInterval(() => pulses++, 20).unref();

/** Returns the number of 20 ms ticks that this process has run. It hardly grows on an overloaded machine. */
export function pulse(): number {
  return pulses;
}

/**
 * Runs random sequences of commands with real files in real time. The same seed gives the same commands, but not the same
 * interleaving, so a failure is reported without shrinking.
 */
export async function runSequences<T>(
  name: string,
  sequences: fc.Arbitrary<T>,
  run: (sequence: T, tally: Tally) => Promise<void>,
): Promise<void> {
  const tally: Tally = new Map();
  const samples = fc.sample(sequences, { seed: SEED, numRuns: RUNS });
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let number = next++; number < samples.length; number = next++) {
      const sequence = samples[number] as T;
      try {
        await run(sequence, tally);
      } catch (cause) {
        next = samples.length;
        const commands = String(sequence);
        throw new Error(`sequence ${number} of MODEL_SEED=${SEED}: ${commands}\n${String(cause)}`, { cause });
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  const counts = [...tally].map(([outcome, times]) => `${outcome} ${times}`).sort();
  console.log(`${name}: ${RUNS} sequences, MODEL_SEED=${SEED}: ${counts.join(", ")}`);
}
