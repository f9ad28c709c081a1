import fc from "fast-check";

/** How often each thing happened, to be printed. */
export type Tally = Map<string, number>;

export function tell(tally: Tally, what: string, times = 1): void {
  tally.set(what, (tally.get(what) ?? 0) + times);
}

/** Sequences to run: a few in some seconds by default; `MODEL_RUNS=10000` for a thorough search. */
export const RUNS = Number(process.env["MODEL_RUNS"] ?? 60);
/** Print it with every run, and give it as `MODEL_SEED` to run the same sequences again. */
export const SEED = Number(process.env["MODEL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
/** Sequences at once: most of their time they wait. */
const AT_ONCE = Math.min(48, Math.max(24, RUNS / 20));

let pulses = 0;
setInterval(() => pulses++, 20).unref();

/** How often this process has had its turn: where that hardly grows, the machine has other things to do. */
export function pulse(): number {
  return pulses;
}

/**
 * Run random sequences of commands. They are real files and real time, so the same seed gives the same commands, not
 * the same interleaving; a failure is reported as it happened, and not made smaller.
 */
export async function runSequences<T>(
  name: string,
  sequences: fc.Arbitrary<T>,
  run: (sequence: T, tally: Tally) => Promise<void>,
): Promise<void> {
  const tally: Tally = new Map();
  const samples = fc.sample(sequences, { seed: SEED, numRuns: RUNS });
  let next = 0;
  const lane = async (): Promise<void> => {
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
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const counts = [...tally].map(([what, times]) => `${what} ${times}`).sort();
  console.log(`${name}: ${RUNS} sequences, MODEL_SEED=${SEED}: ${counts.join(", ")}`);
}
