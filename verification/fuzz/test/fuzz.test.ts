import { formatCount } from "@gvpie/testing";
import type { FuzzTarget } from "@gvpie/testing/fuzz";
import { expect, test } from "vitest";
import { readCorpus } from "../corpus.ts";
import { runInThread } from "../run-in-thread.ts";
import { runSession } from "../session.ts";
import { findTargets, loadTarget } from "../targets.ts";

const SEED = 20_260_101;
const targets = await Promise.all(findTargets().map(loadTarget));

test.each(targets.map((target) => [target.file.name, target] as const))(
  "%s: the corpus and mutated inputs give a result or a typed error",
  { timeout: 300_000 },
  async (name, { weight, file }) => {
    const maxCount = weight === 1 ? 400 : 4_000;
    const corpus = readCorpus(file.corpus);
    const result = await runInThread({ file, seed: SEED, corpus, maxCount, maxMs: 240_000 });
    console.log(
      `Fuzzed ${name}: ${formatCount(result.count)} inputs, ${result.outcomes} outcomes, seed ${SEED}`,
    );
    expect(result.failure).toBeUndefined();
    expect(result.count).toBeGreaterThanOrEqual(maxCount);
    expect(result.outcomes).toBeGreaterThan(5);
  },
);

test("a failing input is found, and found again from its seed", async () => {
  const target: FuzzTarget = {
    reads: "bytes",
    maxCorpusBytes: 0,
    weight: 1,
    seeds: () => [Uint8Array.of(1, 2, 3)],
    mutate: (input, _, random) => Uint8Array.from(input, (byte) => byte ^ random.below(256)),
    run: ([first = 0]) => {
      if (first === 77) throw new TypeError("seventy-seven");
      return String(first);
    },
  };
  const found: number[] = [];
  const run = () =>
    runSession(
      target,
      { seed: SEED, corpus: [], shouldContinue: (count) => count < 100_000 },
      { before: () => {}, found: ([first = 0]) => found.push(first) },
    );
  const { failure, count } = await run();
  expect(failure?.reason).toContain("TypeError: seventy-seven");
  expect(failure?.input[0]).toBe(77);
  expect(failure?.index).toBe(count - 1);
  expect(new Set(found).size).toBe(found.length);
  const again = (await run()).failure;
  expect([again?.index, again?.input]).toEqual([failure?.index, failure?.input]);
});
