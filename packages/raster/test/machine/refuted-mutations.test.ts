import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { createChangedBundles, type ChangedBundles } from "@gvpie/testing/changed-bundles";
import { createProver, type Prover } from "@gvpie/testing/prover";
import { MUTATIONS, PACKAGES, SUBJECT } from "./mutations.ts";
import type * as Subject from "./subject.ts";

// Seconds of work, and a busy machine may need a minute for it.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

let prover: Prover;
let bundles: ChangedBundles;
beforeAll(async () => {
  bundles = await createChangedBundles(SUBJECT, PACKAGES, MUTATIONS);
  prover = await createProver();
});
afterAll(async () => {
  await bundles[Symbol.asyncDispose]();
  await prover.close();
});

// The theorems are proved of the unchanged sources in proofs.test.ts.
const refuted = MUTATIONS.filter(({ caughtBy }) => caughtBy !== "comparison");
test.each(refuted)("a theorem is refuted if $name", async (mutation) => {
  const { allTheorems } = (await bundles.importBundle(mutation)) as typeof Subject;
  const theorem = allTheorems().find(({ says }) => says === mutation.caughtBy);
  if (theorem === undefined) throw new Error(`expected a theorem "${mutation.caughtBy}", got none`);
  expect(await prover.prove(theorem)).toBe("refuted");
});

test("docs/proofs.md lists each mutation and its detector", () => {
  const document = readFileSync(join(PACKAGES, "..", "docs", "proofs.md"), "utf8");
  const rows = document.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const listed = rows.map(([, name, catcher]) => `${name}: ${catcher}`);
  for (const { name, caughtBy } of MUTATIONS) expect(listed).toContain(`${name}: ${caughtBy}`);
});
