import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { createProver, type Prover } from "@gvpie/testing/prover";
import { allTheorems } from "./subject.ts";
import { t } from "@gvpie/testing/smt";

// Seconds of work, and a busy machine may need a minute for it.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

let prover: Prover;
let proved = 0;
beforeAll(async () => {
  prover = await createProver();
});
afterAll(async () => {
  await prover.close();
  console.log(`proved: ${proved} theorems`);
});

test.each(allTheorems())("$says", async (theorem) => {
  expect(await prover.prove(theorem)).toBe("proved");
  proved++;
  console.log(`proved: ${theorem.says}`);
});

test("the prover refutes a false statement, and reports contradictory assumptions as vacuous", async () => {
  const x = t.symbol("x", "Int");
  const isPositive = t.less(t.int(0), x);
  expect(await prover.prove({ says: "", assume: [], conclude: isPositive })).toBe("refuted");
  expect(await prover.prove({ says: "", assume: [isPositive], conclude: t.less(t.int(-1), x) })).toBe(
    "proved",
  );
  expect(
    await prover.prove({ says: "", assume: [isPositive, t.less(x, t.int(1))], conclude: isPositive }),
  ).toBe("vacuous");
});
