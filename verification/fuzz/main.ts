/**
 * Runs mutated inputs through every reader of untrusted bytes:
 *
 *   npm run fuzz -- --minutes 10                run all targets for 10 minutes together
 *   npm run fuzz -- --inputs 1000000            run 1,000,000 inputs, shared among all targets
 *   npm run fuzz -- --minutes 5 --target png    run one target
 *   npm run fuzz -- --target png --input FILE   run one input again
 *
 * `--seed N` repeats an earlier session. Inputs with a new outcome are added to the target's corpus. Exits with 1 if an
 * input fails, and writes that input to a file.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { formatCount, newSeed, sum } from "@gvpie/testing";
import { addToCorpus, readCorpus } from "./corpus.ts";
import { runInThread } from "./run-in-thread.ts";
import type { Failure } from "./session.ts";
import { findTarget, findTargets, loadTarget } from "./targets.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string" },
    inputs: { type: "string" },
    seed: { type: "string" },
    target: { type: "string" },
    input: { type: "string" },
  },
});
const FAILURES = fileURLToPath(new URL("../../.cache/fuzz", import.meta.url));
const seed = values.seed === undefined ? newSeed() : Number(values.seed);
const files = values.target === undefined ? findTargets() : [findTarget(values.target)];
const targets = await Promise.all(files.map(loadTarget));
const weights = sum(targets.map(({ weight }) => weight));
const minutes = Number(values.minutes ?? (values.inputs === undefined ? 1 : Infinity));
const inputs = Number(values.inputs ?? Infinity);
if (!(minutes > 0 && inputs > 0) || !Number.isSafeInteger(seed)) {
  throw new RangeError("expected minutes and inputs above 0, and an integer seed");
}

if (values.input !== undefined) {
  const [target] = targets;
  if (values.target === undefined || !target) throw new RangeError("expected --target with --input");
  process.stdout.write(`${await target.run(readFileSync(values.input))}\n`);
  process.exit(0);
}

process.stdout.write(
  `seed ${seed}\n\n| Target | Input | Inputs | Outcomes | Slowest | Failed |\n| --- | --- | --: | --: | --: | --: |\n`,
);
let total = 0;
let failed = 0;
for (const target of targets) {
  const { file } = target;
  const { count, outcomes, slowestMs, failure } = await runInThread(
    {
      file,
      seed,
      corpus: readCorpus(file.corpus),
      maxCount: Math.ceil((inputs * target.weight) / weights),
      maxMs: (minutes * 60_000) / targets.length,
    },
    (input) => {
      if (input.length <= target.maxCorpusBytes) addToCorpus(file.corpus, input);
    },
  );
  total += count;
  const cells = [
    file.name,
    target.reads,
    formatCount(count),
    outcomes,
    `${slowestMs.toFixed(1)} ms`,
    failure ? 1 : 0,
  ];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
  if (!failure) continue;
  failed++;
  reportFailure(file.name, failure);
}
process.stdout.write(`\n${formatCount(total)} inputs, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function reportFailure(name: string, { index, input, reason }: Failure): void {
  mkdirSync(FAILURES, { recursive: true });
  const path = join(FAILURES, `${name}-${seed}-${index}`);
  writeFileSync(path, input);
  process.stderr.write(
    `${name}: input ${index} of seed ${seed} failed: ${reason}\nIt was written to ${path}. To run it again: npm run fuzz -- --target ${name} --input ${path}\n`,
  );
}
