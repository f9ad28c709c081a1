/**
 * Gives every reader of untrusted bytes mutated inputs:
 *
 *   npm run fuzz -- --minutes 10                  all of them, for so long together
 *   npm run fuzz -- --inputs 1000000              all of them, so many together
 *   npm run fuzz -- --minutes 5 --target png      one of them
 *   npm run fuzz -- --inputs 1 --seed 7 --target png --input FILE      one input again
 *
 * Inputs with a new outcome go into fuzz/corpus. Ends with 1 where an input fails; that input is written to a file.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { grouped } from "../faults/kit/numbers.ts";
import { keep, readCorpus } from "./corpus.ts";
import { newSeed } from "./random.ts";
import type { Failure } from "./session.ts";
import { targetNamed, targets } from "./targets.ts";
import { watchSession } from "./watched-session.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    inputs: { type: "string" },
    seed: { type: "string" },
    target: { type: "string" },
    input: { type: "string" },
  },
});
const FAILURES = fileURLToPath(new URL("../.cache/fuzz", import.meta.url));
const seed = values.seed === undefined ? newSeed() : Number(values.seed);
const chosen = values.target === undefined ? targets : [targetNamed(values.target)];
const shares = chosen.reduce((sum, { share }) => sum + share, 0);
const minutes = Number(values.minutes ?? (values.inputs === undefined ? 1 : 1e6));
const inputs = Number(values.inputs ?? 1e12);
if (!(minutes > 0 && inputs > 0) || !Number.isSafeInteger(seed)) {
  throw new RangeError("expected minutes and inputs above 0, and an integer seed");
}

if (values.input !== undefined) {
  const [only] = chosen;
  if (values.target === undefined || !only) throw new RangeError("expected --target with --input");
  process.stdout.write(`${await only.run(readFileSync(values.input))}\n`);
  process.exit(0);
}

process.stdout.write(
  `seed ${seed}\n\n| Target | What is read | Inputs | Outcomes | Slowest | Failed |\n| --- | --- | --: | --: | --: | --: |\n`,
);
let total = 0;
let failed = 0;
for (const target of chosen) {
  const result = await watchSession(
    {
      target: target.name,
      seed,
      corpus: readCorpus(target.name),
      maxCount: Math.ceil((inputs * target.share) / shares),
      maxMs: (minutes * 60_000) / chosen.length,
    },
    (input) => {
      if (input.length <= target.keptBytes) keep(target.name, input);
    },
  );
  const { count, outcomes, slowestMs, failure } = result;
  total += count;
  const cells = [
    target.name,
    target.reads,
    grouped(count),
    outcomes,
    `${slowestMs.toFixed(1)} ms`,
    failure ? 1 : 0,
  ];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
  if (!failure) continue;
  failed++;
  tell(target.name, failure);
}
process.stdout.write(`\n${grouped(total)} inputs, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function tell(name: string, { index, input, reason }: Failure): void {
  mkdirSync(FAILURES, { recursive: true });
  const path = join(FAILURES, `${name}-${seed}-${index}`);
  writeFileSync(path, input);
  process.stderr.write(
    `${name}: input ${index} of seed ${seed} failed: ${reason}\nIt is in ${path}; once more: npm run fuzz -- --target ${name} --input ${path}\n`,
  );
}
