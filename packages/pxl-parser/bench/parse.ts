// Measures the time to read a program of 1,000,000 lines against one scan of the same text for line feeds.
// Run: node --conditions=@gvpie/source packages/pxl-parser/bench/parse.ts [lines]
import { checkProgram, parseProgram } from "@gvpie/pxl-parser";
import { median, SeededRandom } from "@gvpie/testing";

const ROUNDS = 9;
const lineCount = Number(process.argv[2] ?? 1_000_000);

function writeProgram(writeLine: (random: SeededRandom, line: number) => string): string {
  const random = new SeededRandom(1);
  const lines = Array.from({ length: lineCount }, (_, line) => writeLine(random, line));
  // A joined string is a tree of pieces until its first use. This flattens it before the measurement.
  return Buffer.from(`${lines.join("\n")}\n`).toString();
}

const rect = (random: SeededRandom): string =>
  `RECT ${random.below(1920)} ${random.below(1080)} ${random.below(200)} ${random.below(200)}`;
const txt = (random: SeededRandom): string =>
  `TXT ${random.below(1920)} ${random.below(1080)} Hello ${1000 + random.below(9000)}`;

const sources: Record<string, string> = {
  RECT: writeProgram(rect),
  TXT: writeProgram(txt),
  mixed: writeProgram((random, line) => [rect, txt, () => "# a comment", () => ""][line % 4]?.(random) ?? ""),
  faulty: writeProgram(() => "RECT 1 2 x 4"),
};

function scanForLineFeeds(source: string): number {
  let count = 0;
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) count++;
  return count;
}

function timeMs(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

console.log(`${lineCount} lines, median (min–max) of ${ROUNDS} rounds`);
for (const [name, source] of Object.entries(sources)) {
  const parse = name === "faulty" ? () => checkProgram(source) : () => parseProgram(source);
  const scans: number[] = [];
  const parses: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    scans.push(timeMs(() => scanForLineFeeds(source)));
    parses.push(timeMs(parse));
  }
  const [scan, read] = [median(scans), median(parses)];
  console.log(
    `${name.padEnd(7)} ${(source.length / 1e6).toFixed(1)} MB  scan ${scan.toFixed(1)} ms  ` +
      `parse ${read.toFixed(1)} ms (${Math.min(...parses).toFixed(1)}–${Math.max(...parses).toFixed(1)})  ` +
      `ratio ${(read / scan).toFixed(1)}`,
  );
}
