import { t, type Theorem } from "@gvpie/testing/smt";

/**
 * The counts of one block: `tokens` of its bucket, which fills up to `burst`, and `count`, which is at most `limit`: requests in
 * flight or bytes. All are real numbers.
 */
export interface CounterTerms {
  readonly tokens: t.Term;
  readonly burst: t.Term;
  readonly count: t.Term;
  readonly limit: t.Term;
}

/** The rules of one block, and how a chain combines its blocks. */
export interface CounterRules {
  /** Tokens after a time in which `gain` flowed in: rate × seconds. */
  refill(block: CounterTerms, gain: t.Term): t.Term;
  /** True if a block admits a request that counts as `amount`. */
  admits(block: CounterTerms, amount: t.Term): t.Term;
  /** True if a chain admits a request that each of its blocks admits or does not. */
  chainAdmits(blocks: readonly t.Term[]): t.Term;
  /** True if a block counts a request, from the verdicts of the block and of the chain. */
  counts(block: t.Term, chain: t.Term): t.Term;
  /** Size of the bucket for a rate. */
  burst(rate: t.Term): t.Term;
}

const ZERO = t.int(0);
const ONE = t.int(1);

/** The part of a token that a request may lack, because numbers are rounded: less than a whole one. */
export const ROUNDING: t.Term = t.symbol("rounding", "Real");

const hasToken = (tokens: t.Term): t.Term => t.atMost(t.subtract(ONE, tokens), ROUNDING);

export const COUNTER_RULES: CounterRules = {
  refill: ({ tokens, burst }, gain) => {
    const filled = t.add(tokens, gain);
    return t.choose(t.atMost(filled, burst), filled, burst);
  },
  admits: ({ tokens, count, limit }, amount) =>
    t.and(hasToken(tokens), t.atMost(t.add(count, amount), limit)),
  chainAdmits: (blocks) => t.and(...blocks),
  counts: (_, chain) => chain,
  burst: (rate) => t.choose(t.atMost(ONE, rate), rate, ONE),
};

/** Wrong rules, each with the theorem that it refutes. */
export const WRONG_COUNTERS: readonly {
  readonly name: string;
  readonly rules: CounterRules;
  readonly refutes: string;
}[] = [
  {
    name: "a bucket fills beyond its burst",
    rules: { ...COUNTER_RULES, refill: ({ tokens }, gain) => t.add(tokens, gain) },
    refutes: "rates: a bucket holds 0 … burst tokens, up to rounding",
  },
  {
    name: "a bucket is full after any wait",
    rules: { ...COUNTER_RULES, refill: ({ burst }) => burst },
    refutes:
      "rates: a block admits at most burst + rate × seconds requests, up to rounding, through all chains together",
  },
  {
    name: "a part of a token is enough",
    rules: {
      ...COUNTER_RULES,
      admits: ({ tokens, count, limit }, amount) =>
        t.and(t.less(ZERO, tokens), t.atMost(t.add(count, amount), limit)),
    },
    refutes: "rates: a bucket holds 0 … burst tokens, up to rounding",
  },
  {
    name: "a count may reach its limit before the request, not with it",
    rules: {
      ...COUNTER_RULES,
      admits: ({ tokens, count, limit }) => t.and(hasToken(tokens), t.less(count, limit)),
    },
    refutes: "counts: a count stays in 0 … limit",
  },
  {
    name: "only the last block of a chain is asked",
    rules: { ...COUNTER_RULES, chainAdmits: (blocks) => blocks.at(-1) ?? t.bool(true) },
    refutes: "chains: a longer chain admits no request that a block of it refuses",
  },
  {
    name: "one block that admits is enough",
    rules: { ...COUNTER_RULES, chainAdmits: (blocks) => t.or(...blocks) },
    refutes: "chains: a longer chain admits no request that a block of it refuses",
  },
  {
    name: "a refused request is counted at the blocks that had room",
    rules: { ...COUNTER_RULES, counts: (block) => block },
    refutes: "chains: a refused request is counted at no block, an admitted one at each",
  },
  {
    name: "a bucket that holds more the slower its rate is",
    rules: { ...COUNTER_RULES, burst: (rate) => t.subtract(t.int(2_000_000), rate) },
    refutes: "rates: a lower rate has a bucket that is not larger, and every bucket holds at least 1",
  },
];

/** Returns the theorems about rates and counts. */
export function counterTheorems(rules: CounterRules = COUNTER_RULES): Theorem[] {
  const any = (name: string): t.Term => t.symbol(name, "Real");
  const blockOf = (name: string): CounterTerms => ({
    tokens: any(`${name}_tokens`),
    burst: any(`${name}_burst`),
    count: any(`${name}_count`),
    limit: any(`${name}_limit`),
  });
  const [a, b] = [blockOf("a"), blockOf("b")];
  const [gain, amount, spent, gained] = ["gain", "amount", "spent", "gained"].map(any) as [
    t.Term,
    t.Term,
    t.Term,
    t.Term,
  ];
  const within = (term: t.Term, most: t.Term): t.Term => t.and(t.atMost(ZERO, term), t.atMost(term, most));
  // Any request through a chain that holds block a, and through any other blocks, which admit or refuse it.
  const others = t.symbol("other_blocks_admit", "Bool");
  const here = rules.admits(a, amount);
  const admitted = rules.chainAdmits([here, others]);
  const counted = rules.counts(here, admitted);
  const minus = (term: t.Term, by: t.Term): t.Term => t.choose(counted, t.subtract(term, by), term);
  const plus = (term: t.Term, by: t.Term): t.Term => t.choose(counted, t.add(term, by), term);
  const tokens = minus(a.tokens, ONE);
  const isFilled = (term: t.Term): t.Term =>
    t.and(t.atMost(ZERO, t.add(term, ROUNDING)), t.atMost(term, a.burst));
  const isBucket = t.and(isFilled(a.tokens), t.atMost(ZERO, ROUNDING), t.less(ROUNDING, ONE));
  const isPositive = [t.atMost(ZERO, gain), t.atMost(ZERO, amount)];
  const filled = rules.refill(a, gain);
  const bothAdmit = rules.chainAdmits([here, rules.admits(b, amount)]);
  const [slow, fast] = [any("slow"), any("fast")];
  return [
    {
      says: "rates: a bucket holds 0 … burst tokens, up to rounding",
      assume: [isBucket, ...isPositive],
      conclude: t.and(isFilled(filled), isFilled(tokens)),
    },
    {
      says: "rates: a block admits at most burst + rate × seconds requests, up to rounding, through all chains together",
      assume: [isBucket, ...isPositive, t.atMost(t.add(spent, a.tokens), t.add(a.burst, gained))],
      conclude: t.and(
        t.atMost(spent, t.add(t.add(a.burst, gained), ROUNDING)),
        t.atMost(t.add(spent, filled), t.add(a.burst, t.add(gained, gain))),
        t.atMost(t.add(plus(spent, ONE), tokens), t.add(a.burst, gained)),
      ),
    },
    {
      says: "rates: a lower rate has a bucket that is not larger, and every bucket holds at least 1",
      assume: [t.less(ZERO, slow), t.atMost(slow, fast)],
      conclude: t.and(t.atMost(rules.burst(slow), rules.burst(fast)), t.atMost(ONE, rules.burst(slow))),
    },
    {
      says: "counts: a count stays in 0 … limit",
      assume: [within(a.count, a.limit), ...isPositive],
      conclude: within(plus(a.count, amount), a.limit),
    },
    {
      says: "chains: a longer chain admits no request that a block of it refuses",
      assume: [bothAdmit],
      conclude: t.and(here, rules.admits(b, amount)),
    },
    {
      says: "chains: a refused request is counted at no block, an admitted one at each",
      assume: [],
      conclude: t.equal(counted, admitted),
    },
  ];
}
