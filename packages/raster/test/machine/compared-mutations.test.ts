import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { createChangedBundles, type ChangedBundles } from "@gvpie/testing/changed-bundles";
import { MUTATIONS, PACKAGES, SUBJECT } from "./mutations.ts";
import { findDifference } from "./subject.ts";
import type * as Subject from "./subject.ts";

// Seconds of work, and a busy machine may need a minute for it.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

// Most programs end with an error, and their stack traces are not needed.
const { stackTraceLimit } = Error;
let bundles: ChangedBundles;
beforeAll(async () => {
  Error.stackTraceLimit = 0;
  bundles = await createChangedBundles(SUBJECT, PACKAGES, MUTATIONS);
});
afterAll(async () => {
  Error.stackTraceLimit = stackTraceLimit;
  await bundles[Symbol.asyncDispose]();
});

test("the comparison finds no difference in the unchanged sources", () => {
  expect(findDifference()).toBeUndefined();
});

const compared = MUTATIONS.filter(({ caughtBy }) => caughtBy === "comparison");
test.each(compared)("the comparison finds a difference if $name", async (mutation) => {
  const { findDifference } = (await bundles.importBundle(mutation)) as typeof Subject;
  expect(findDifference()).toMatch(/ by step| in step| by execute| by formula/);
});
