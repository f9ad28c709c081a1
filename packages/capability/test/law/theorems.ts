import { LIMITS, type LimitName } from "@gvpie/capability";
import { t, type Theorem } from "@gvpie/testing/smt";
import { allows, anyLimit, anyUse, type LimitTerms, type Rules, RULES } from "./formulas.ts";

const MAX_BLOCKS = 8;
const names = Object.keys(LIMITS) as LimitName[];

/** True if a limit is at least as narrow as another: the only direction in which a limit may change. */
function isWithin(name: LimitName, narrow: LimitTerms, wide: LimitTerms): t.Term {
  const { kind } = LIMITS[name];
  const orders = {
    minimum: t.atMost(narrow.value, wide.value),
    maximum: t.atMost(wide.value, narrow.value),
    intersection: t.implies(narrow.value, wide.value),
    text: t.bool(true),
  };
  return t.implies(wide.isPresent, t.and(narrow.isPresent, orders[kind]));
}

function isSame(a: LimitTerms, b: LimitTerms): t.Term {
  return t.and(t.equal(a.isPresent, b.isPresent), t.implies(a.isPresent, t.equal(a.value, b.value)));
}

/** True if a present value is in the range of the table. */
function isInRange(name: LimitName, { isPresent, value }: LimitTerms): t.Term {
  const limit = LIMITS[name];
  if (limit.kind === "intersection" || limit.kind === "text") return t.bool(true);
  return t.implies(
    isPresent,
    t.and(t.atMost(t.int(limit.least), value), t.atMost(value, t.int(limit.greatest))),
  );
}

/** Theorems about one limit, which each entry of the table has. */
function theoremsOf(name: LimitName, rules: Rules): Theorem[] {
  const { kind } = LIMITS[name];
  const meet = rules[kind];
  const [a, b, c] = ["a", "b", "c"].map((block) => anyLimit(name, block)) as [
    LimitTerms,
    LimitTerms,
    LimitTerms,
  ];
  const use = anyUse(name);
  const both = meet(a, b);
  const absent = { ...a, isPresent: t.bool(false) };
  return [
    {
      says: `${name}: two blocks together allow exactly the uses that each of them allows`,
      assume: [],
      conclude: t.equal(allows(name, both, use), t.and(allows(name, a, use), allows(name, b, use))),
    },
    {
      says: `${name}: a block that is added keeps the limit or narrows it, and no block removes it`,
      assume: [],
      conclude: t.and(isWithin(name, both, a), isWithin(name, both, b)),
    },
    {
      says: `${name}: a block without the limit changes nothing`,
      assume: [],
      conclude: t.and(isSame(meet(a, absent), a), isSame(meet(absent, a), a)),
    },
    {
      says: `${name}: the value of three blocks does not depend on which two are joined first`,
      assume: [],
      conclude: isSame(meet(both, c), meet(a, meet(b, c))),
    },
    {
      says: `${name}: the value of two blocks is in the range of the table if theirs are`,
      assume: [isInRange(name, a), isInRange(name, b)],
      conclude: isInRange(name, both),
    },
  ];
}

/** Theorems about all limits at once. */
function theoremsOfChains(rules: Rules): Theorem[] {
  const fold = (name: LimitName, blocks: number): LimitTerms =>
    Array.from({ length: blocks }, (_, i) => anyLimit(name, `block${i + 1}`)).reduce((met, next) =>
      rules[LIMITS[name].kind](met, next),
    );
  const chainAllows = (blocks: number): t.Term =>
    t.and(...names.map((name) => allows(name, fold(name, blocks), anyUse(name))));
  const blockAllows = (number: number): t.Term =>
    t.and(...names.map((name) => allows(name, anyLimit(name, `block${number}`), anyUse(name))));
  const numbers = Array.from({ length: MAX_BLOCKS }, (_, i) => i + 1);
  return [
    {
      says: `a chain of ${MAX_BLOCKS} blocks allows exactly the requests that each of its blocks allows`,
      assume: [],
      conclude: t.equal(chainAllows(MAX_BLOCKS), t.and(...numbers.map(blockAllows))),
    },
    ...numbers.slice(1).map((blocks): Theorem => ({
      says: `a chain of ${blocks} blocks allows no request that its first ${blocks - 1} refuse`,
      assume: [chainAllows(blocks)],
      conclude: chainAllows(blocks - 1),
    })),
  ];
}

/** Returns all theorems about the limits of a capability, derived from the table of limits. */
export function limitTheorems(rules: Rules = RULES): Theorem[] {
  return [...names.flatMap((name) => theoremsOf(name, rules)), ...theoremsOfChains(rules)];
}
