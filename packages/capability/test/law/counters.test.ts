import { CapabilityError, type CapabilityLimits, createKey, publicKeyOf } from "@gvpie/capability";
import { SeededRandom } from "@gvpie/testing/random";
import { compile, t, type Value } from "@gvpie/testing/smt";
import { expect, test } from "vitest";
import { createCounters } from "../../src/authority/counters.ts";
import { COUNTER_RULES, type CounterRules, type CounterTerms, ROUNDING, WRONG_COUNTERS } from "./counters.ts";

const key = publicKeyOf(await createKey());

/** Returns a function of numbers for a formula about one block. */
function evaluated(formula: (block: CounterTerms, other: t.Term) => t.Term) {
  const [tokens, burst, count, limit, other] = ["tokens", "burst", "count", "limit", "other"].map((name) =>
    t.symbol(name, "Real"),
  ) as [t.Term, t.Term, t.Term, t.Term, t.Term];
  const symbols = [tokens, burst, count, limit, other, ROUNDING];
  const run = compile([formula({ tokens, burst, count, limit }, other)], symbols);
  return (values: readonly [number, number, number, number, number]): Value =>
    run([...values, 1e-9])[0] as Value;
}

/** The state of one block in the formulas. */
interface Block {
  readonly id: string;
  readonly limits: CapabilityLimits;
  readonly burst: number;
  tokens: number;
  readonly counts: Record<"inFlight" | "queuedBytes" | "unreadBytes", number>;
}

/** Runs the rules on the blocks of a chain, as the code does. */
function createModel(rules: CounterRules) {
  const refill = evaluated((block, gain) => rules.refill(block, gain));
  const admits = evaluated((block, amount) => rules.admits(block, amount));
  const burst = evaluated((_, rate) => rules.burst(rate));
  const isTrue = (term: t.Term): boolean => term.kind === "constant" && term.value === true;
  /** Verdict of one block on amounts, which take a token or none. */
  const admit = (
    { tokens, burst, counts, limits }: Block,
    amounts: Partial<Block["counts"]>,
    isRequest: boolean,
  ) =>
    Object.entries(amounts).every(([name, amount]) => {
      const count = counts[name as keyof Block["counts"]];
      const limit = limits[name as keyof Block["counts"]] ?? Infinity;
      return admits([isRequest ? tokens : Infinity, burst, count, limit, amount]) === true;
    });
  return {
    block: (id: string, limits: CapabilityLimits): Block => {
      const { requestsPerSecond: rate } = limits;
      const size = rate === undefined ? Infinity : (burst([0, 0, 0, 0, rate]) as number);
      return {
        id,
        limits,
        burst: size,
        tokens: size,
        counts: { inFlight: 0, queuedBytes: 0, unreadBytes: 0 },
      };
    },
    wait: (block: Block, seconds: number): void => {
      const { requestsPerSecond: rate } = block.limits;
      const gain = (rate ?? 0) * seconds;
      block.tokens = refill([block.tokens, block.burst, 0, 0, gain]) as number;
    },
    /** Counts a use; returns the function that ends it, or undefined if it is refused. */
    use: (chain: readonly Block[], amounts: Partial<Block["counts"]>, isRequest: boolean) => {
      const verdicts = chain.map((block) => admit(block, amounts, isRequest));
      const admitted = rules.chainAdmits(verdicts.map((verdict) => t.bool(verdict)));
      const add = (sign: number): void => {
        for (const [i, block] of chain.entries()) {
          if (!isTrue(rules.counts(t.bool(verdicts[i] === true), admitted))) continue;
          if (sign > 0 && isRequest) block.tokens--;
          for (const [name, amount] of Object.entries(amounts)) {
            block.counts[name as keyof Block["counts"]] += sign * amount;
          }
        }
      };
      add(1);
      return isTrue(admitted) ? (): void => add(-1) : undefined;
    },
  };
}

/** Numbers that binary fractions hold exactly. */
function randomLimits(random: SeededRandom): CapabilityLimits {
  return {
    ...(random.oneIn(2) && { requestsPerSecond: random.pick([0.25, 0.5, 1, 2, 4, 8]) }),
    ...(random.oneIn(3) && { inFlight: random.pick([0, 1, 2, 3, 5]) }),
    ...(random.oneIn(3) && { queuedBytes: random.pick([0, 8, 20, 64]) }),
    ...(random.oneIn(3) && { unreadBytes: random.pick([0, 8, 20, 64]) }),
  };
}

/** Compares the formulas with the code in random uses of six capabilities of one owner; returns the number of the first other verdict. */
function firstDifference(rules: CounterRules, seed: number): number | undefined {
  const random = new SeededRandom(seed);
  const model = createModel(rules);
  let nowMs = 0;
  const counters = createCounters(() => nowMs);
  const blocks = Array.from({ length: 7 }, (_, i) => model.block(`block ${i}`, randomLimits(random)));
  // A tree: each block follows one of those before it.
  const chains: Block[][] = [];
  for (const block of blocks) chains.push([...(chains.length > 0 ? random.pick(chains) : []), block]);
  const codes = chains.map((chain) =>
    counters.of(chain.map(({ id, limits }) => ({ id, limits, key, sealed: false })) as never),
  );
  const ends: (readonly [() => void, () => void])[] = [];
  for (let step = 0; step < 150; step++) {
    const action = random.below(6);
    const bytes = random.pick([0, 4, 8, 16]);
    const at = random.below(chains.length);
    const [chain = [], code] = [chains[at], codes[at]];
    if (action === 0) {
      const milliseconds = 125 * random.below(16);
      nowMs += milliseconds;
      for (const block of blocks) model.wait(block, milliseconds / 1000);
    } else if (action === 1 && ends.length > 0) {
      for (const end of ends.splice(random.below(ends.length), 1).flat()) end();
    } else {
      const isRequest = action > 2;
      const expected = model.use(
        chain,
        isRequest ? { inFlight: 1, queuedBytes: bytes } : { unreadBytes: bytes },
        isRequest,
      );
      let end: (() => void) | undefined;
      try {
        end = isRequest ? code?.admit(bytes) : code?.admitUnread(bytes);
      } catch (error) {
        if (!(error instanceof CapabilityError)) throw error;
      }
      if ((end === undefined) !== (expected === undefined)) return step;
      if (end !== undefined && expected !== undefined) ends.push([end, expected]);
    }
  }
  return undefined;
}

const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);

test("the code counts as the formulas of the proofs do", () => {
  expect(SEEDS.filter((seed) => firstDifference(COUNTER_RULES, seed) !== undefined)).toEqual([]);
});

test.each(WRONG_COUNTERS)("and not as a wrong rule does: $name", ({ rules }) => {
  expect(SEEDS.some((seed) => firstDifference(rules, seed) !== undefined)).toBe(true);
});
