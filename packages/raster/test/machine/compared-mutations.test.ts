import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { createMutatedCopies, type MutatedCopies } from "./mutated-copies.ts";
import { MUTATIONS } from "./mutations.ts";
import { findDifference } from "./subject.ts";

// Seconds of work, and a busy machine may need a minute for it.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

// Most programs end with an error, and their stack traces are not needed.
const { stackTraceLimit } = Error;
let copies: MutatedCopies;
beforeAll(() => {
  Error.stackTraceLimit = 0;
  copies = createMutatedCopies();
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
  copies.close();
});

test("the comparison finds no difference in the unchanged sources", () => {
  expect(findDifference()).toBeUndefined();
});

const compared = MUTATIONS.filter(({ caughtBy }) => caughtBy === "comparison");
test.each(compared)("the comparison finds a difference if $name", async (mutation) => {
  const { findDifference } = await copies.importCopy(mutation);
  expect(findDifference()).toMatch(/ by step| in step| by execute| by formula/);
});
