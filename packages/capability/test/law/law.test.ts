import {
  type CapabilityLimits,
  inspectCapability,
  LIMITS,
  type LimitName,
  publicKeyOf,
} from "@gvpie/capability";
import { SeededRandom } from "@gvpie/testing/random";
import { compile, type Value } from "@gvpie/testing/smt";
import { beforeAll, describe, expect, test } from "vitest";
import { createKeys, extend, issueChain } from "./chains.ts";
import { chainAllows, NAMES, shrinks } from "./definition.ts";
import { anyLimit, RULES, type Rules, WRONG_RULES } from "./formulas.ts";
import { randomChain, randomFacts, randomLimits, valuesOf } from "./random.ts";
import { createVerdicts } from "./verdict.ts";

const keys = await createKeys();
const allows = createVerdicts([publicKeyOf(keys.root)]);

/** Returns the capability of an earlier holder: the first blocks of a chain. */
const prefix = (text: string, blocks: number): string => text.split("~").slice(0, blocks).join("~");

test("a capability allows exactly the requests that each of its blocks allows", async () => {
  const random = new SeededRandom(1);
  const seen = { allowed: 0, refused: 0 };
  for (let i = 0; i < 70; i++) {
    const chain = randomChain(random, 8);
    const text = await issueChain(keys, chain);
    for (let j = 0; j < 5; j++) {
      const facts = randomFacts(random, chain);
      const expected = chainAllows(chain, facts);
      expect([await allows(text, facts), facts, chain]).toEqual([expected, facts, chain]);
      seen[expected ? "allowed" : "refused"]++;
    }
  }
  expect(Math.min(seen.allowed, seen.refused)).toBeGreaterThan(60);
});

test("nothing that a holder adds grows a capability", async () => {
  const random = new SeededRandom(2);
  let narrowed = 0;
  for (let i = 0; i < 60; i++) {
    const chain = randomChain(random, 7);
    const added = randomLimits(random, 2, false);
    const wide = await issueChain(keys, chain);
    const narrow = await extend(keys, wide, chain.length, added);
    const [before, after] = [
      (await inspectCapability(wide)).limits,
      (await inspectCapability(narrow)).limits,
    ];
    for (const name of NAMES) expect([name, shrinks(name, before, after)]).toEqual([name, true]);
    for (let j = 0; j < 5; j++) {
      const facts = randomFacts(random, random.oneIn(2) ? chain : [added]);
      const [isWide, isNarrow] = [await allows(wide, facts), await allows(narrow, facts)];
      expect(isNarrow && !isWide).toBe(false);
      if (isWide && !isNarrow) narrowed++;
    }
  }
  expect(narrowed).toBeGreaterThan(15);
});

test("limitedBy names the first block from which on a limit has its value; of a text, the last block that has one", async () => {
  const random = new SeededRandom(3);
  for (let i = 0; i < 60; i++) {
    const chain = randomChain(random, 6);
    const text = await issueChain(keys, chain);
    const prefixes = await Promise.all(chain.map((_, blocks) => inspectCapability(prefix(text, blocks + 1))));
    const { limits, limitedBy } = await inspectCapability(text);
    const expected = NAMES.filter((name) => limits[name] !== undefined).map((name) => {
      if (LIMITS[name].kind === "text") return [name, chain.findLastIndex((block) => name in block) + 1];
      const values = prefixes.map((capability) => JSON.stringify(capability.limits[name]));
      return [name, values.findLastIndex((value) => value !== values.at(-1)) + 2];
    });
    expect(limitedBy).toEqual(Object.fromEntries(expected));
  }
});

describe("the formulas of the proofs are the code", () => {
  interface Compared {
    readonly blocks: readonly CapabilityLimits[];
    readonly together: CapabilityLimits;
  }
  /** Most values of a limit, its absence included. */
  const most = Math.max(...NAMES.map((name) => valuesOf(name).length)) + 1;
  let all: Compared[];

  // Every three values of every limit, all limits at once: a limit with fewer values takes some of them twice.
  beforeAll(async () => {
    const limitsOf = (index: number, isFirst: boolean): CapabilityLimits =>
      Object.fromEntries(
        NAMES.map((name) => {
          const values = valuesOf(name);
          const isRequired = isFirst && name === "audience";
          const number = index % (values.length + 1);
          return [name, values[isRequired ? number % values.length : number]];
        }),
      );
    const grow = async (
      text: string | undefined,
      blocks: readonly CapabilityLimits[],
    ): Promise<Compared[]> => {
      if (blocks.length === 3) {
        return [{ blocks, together: (await inspectCapability(text as string)).limits }];
      }
      const found: Compared[] = [];
      for (let index = 0; index < most; index++) {
        const limits = limitsOf(index, blocks.length === 0);
        found.push(...(await grow(await extend(keys, text, blocks.length, limits), [...blocks, limits])));
      }
      return found;
    };
    all = await grow(undefined, []);
  });

  /** Returns the limits of which the formulas and the code have different values in some chain. */
  function differences(rules: Rules): LimitName[] {
    return NAMES.filter((name) => {
      const { kind } = LIMITS[name];
      const terms = ["a", "b", "c"].map((block) => anyLimit(name, block));
      const [a, b, c] = terms as [(typeof terms)[0], (typeof terms)[0], (typeof terms)[0]];
      const { isPresent, value } = rules[kind](rules[kind](a, b), c);
      const evaluate = compile(
        [isPresent, value],
        terms.flatMap((term) => [term.isPresent, term.value]),
      );
      const values = valuesOf(name);
      // A set has a formula for each entry; a text has the number of its value.
      const entries = kind === "intersection" ? [...new Set(values.flat())] : [undefined];
      const termOf = (limits: CapabilityLimits, entry: unknown): readonly [boolean, Value] => {
        const limit = limits[name];
        if (limit === undefined) return [false, kind === "intersection" ? false : 0];
        if (typeof limit === "object") return [true, (limit as readonly unknown[]).includes(entry)];
        return [true, typeof limit === "string" ? values.indexOf(limit) : limit];
      };
      return all.some(({ blocks, together }) =>
        entries.some((entry) => {
          const [isThere, result] = evaluate(blocks.flatMap((limits) => termOf(limits, entry)));
          const [expectedThere, expected] = termOf(together, entry);
          return isThere !== expectedThere || (expectedThere && result !== expected);
        }),
      );
    });
  }

  test("for every three values of every limit", () => {
    expect(all).toHaveLength(most ** 3);
    expect(differences(RULES)).toEqual([]);
  });

  test.each(WRONG_RULES)("and a wrong rule is not: $name", ({ kind, rules, except }) => {
    const expected = NAMES.filter((name) => LIMITS[name].kind === kind && name !== except);
    expect(differences(rules)).toEqual(expected);
  });
});
