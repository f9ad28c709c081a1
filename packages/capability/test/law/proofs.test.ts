import { readFileSync } from "node:fs";
import { LIMITS, type LimitName } from "@gvpie/capability";
import { createProver, type Prover, type Verdict } from "@gvpie/testing/prover";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { counterTheorems, WRONG_COUNTERS } from "./counters.ts";
import { NAMES } from "./definition.ts";
import { WRONG_RULES } from "./formulas.ts";
import { limitTheorems } from "./theorems.ts";

// Seconds of work, and a busy machine may need a minute for it.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

let prover: Prover;
let proved = 0;
beforeAll(async () => {
  prover = await createProver();
});
afterAll(async () => {
  await prover.close();
  console.log(`proved: ${proved} theorems about capabilities`);
});

test.each([...limitTheorems(), ...counterTheorems()])("$says", async (theorem) => {
  expect(await prover.prove(theorem)).toBe("proved");
  proved++;
});

const names = Object.keys(LIMITS) as LimitName[];

test("the definition, the table and the theorems have the same limits", () => {
  expect(names).toEqual(NAMES);
  const says = limitTheorems().map((theorem) => theorem.says);
  for (const name of NAMES) expect(says.filter((text) => text.startsWith(`${name}: `))).toHaveLength(5);
});

test.each(WRONG_RULES)(
  "a theorem about every limit of its kind is refuted by a wrong rule: $name",
  async ({ kind, rules }) => {
    const of = names.filter((name) => LIMITS[name].kind === kind);
    const theorems = limitTheorems(rules);
    const verdicts: (Verdict | undefined)[] = [];
    for (const name of of) {
      const says = `${name}: two blocks together allow exactly the uses that each of them allows`;
      const theorem = theorems.find((theorem) => theorem.says === says);
      verdicts.push(theorem && (await prover.prove(theorem)));
    }
    expect(of.length).toBeGreaterThan(0);
    expect(verdicts).toEqual(of.map(() => "refuted"));
  },
);

test.each(WRONG_COUNTERS)("a theorem is refuted by a wrong count: $name", async ({ rules, refutes }) => {
  const theorem = counterTheorems(rules).find(({ says }) => says === refutes);
  if (theorem === undefined) throw new Error(`expected a theorem "${refutes}", got none`);
  expect(await prover.prove(theorem)).toBe("refuted");
});

test("docs/proofs.md lists the limits and the wrong rules", () => {
  const document = readFileSync(new URL("../../../../docs/proofs.md", import.meta.url), "utf8");
  const rows = document.split("\n").map((line) => line.replaceAll(/\s+/g, " "));
  for (const name of names) expect(rows).toContain(`| \`${name}\` | \`${LIMITS[name].kind}\` |`);
  for (const { name } of [...WRONG_RULES, ...WRONG_COUNTERS]) expect(document).toContain(`- ${name}`);
});
