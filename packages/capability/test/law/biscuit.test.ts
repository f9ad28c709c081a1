// A second opinion: the same chains as Biscuits, whose checks are Datalog. Biscuit prints a line to standard output when it is loaded.
import { publicKeyOf } from "@gvpie/capability";
import { SeededRandom } from "@gvpie/testing/random";
import { expect, test } from "vitest";
import { createKeys, extend, issueChain } from "./chains.ts";
import { appendLimits, biscuitAllows, buildBiscuit, sendBiscuit } from "./biscuit.ts";
import { randomChain, randomFacts, randomLimits } from "./random.ts";
import { createVerdicts } from "./verdict.ts";

const keys = await createKeys();
const allows = createVerdicts([publicKeyOf(keys.root)]);

test("a capability allows what a Biscuit with the same limits allows, and nothing else", async () => {
  const random = new SeededRandom(4);
  const seen = { allowed: 0, refused: 0 };
  for (let i = 0; i < 50; i++) {
    const chain = randomChain(random, 8);
    const [text, token] = [await issueChain(keys, chain), sendBiscuit(buildBiscuit(chain))];
    for (let j = 0; j < 4; j++) {
      const facts = randomFacts(random, chain);
      const verdict = biscuitAllows(token, facts);
      expect([await allows(text, facts), facts, chain]).toEqual([verdict, facts, chain]);
      seen[verdict ? "allowed" : "refused"]++;
    }
  }
  expect(Math.min(seen.allowed, seen.refused)).toBeGreaterThan(40);
});

test("an added block grows neither, even one that claims facts", async () => {
  const random = new SeededRandom(5);
  let refused = 0;
  for (let i = 0; i < 30; i++) {
    const chain = randomChain(random, 7);
    const added = randomLimits(random, 3, false);
    const [wide, wideToken] = [await issueChain(keys, chain), buildBiscuit(chain)];
    const narrow = await extend(keys, wide, chain.length, added);
    // A Biscuit's block may hold facts: these would satisfy every check, if the checks of other blocks could see them.
    const claims = randomFacts(random, [...chain, added]);
    const narrowToken = sendBiscuit(appendLimits(wideToken, added, claims));
    for (let j = 0; j < 4; j++) {
      const facts = randomFacts(random, chain);
      if (biscuitAllows(wideToken, facts)) continue;
      const verdicts = [
        biscuitAllows(narrowToken, facts),
        await allows(narrow, facts),
        await allows(wide, facts),
      ];
      expect(verdicts).toEqual([false, false, false]);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(25);
});
