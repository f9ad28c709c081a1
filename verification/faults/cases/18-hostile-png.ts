import { writeFileSync } from "node:fs";
import { formatCount, max, newSeed, sum } from "@gvpie/testing";
import { BOMB_FRAME_BYTES, decompressionBombs, validCartridge } from "../harness/decompression-bombs.ts";
import { defineCase } from "../harness/fault-case.ts";
import { harnessPath, startNode } from "../harness/servers.ts";

interface DecoderReport {
  readonly type: "mutations" | "bomb" | "uncaught";
  readonly seed?: number;
  readonly count?: number;
  readonly uncaught?: number;
  /** Number of outcomes, by mutation and outcome. */
  readonly outcomes?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly name?: string;
  readonly outcome?: string;
  /** Growth of the peak memory. */
  readonly grownBytes?: number;
  /** Size of the frame that the header promises. */
  readonly frameBytes?: number;
}

const BOUND_RATIO = 2;
/** Memory that the runtime itself may take. */
const ALLOWANCE = 2 ** 20;

export const hostilePng = defineCase<DecoderReport>({
  number: 18,
  fault:
    "a hostile PNG: bombs, wrong CRCs, order and lengths, duplicate or missing chunks, bytes after the end",
  required:
    "a typed error: 0 uncaught of 100,000 mutations; a bomb takes at most 2 × the memory of its frame plus 1 MiB",
  async run(context) {
    const argument = JSON.stringify({ count: context.count(100_000, 1_000), seed: newSeed() });
    const decoder = startNode(context, harnessPath("hostile-pngs.ts"), [argument]);
    await decoder.waitForMessage("done");
    for (const message of decoder.messages) {
      if (message["type"] !== "done") context.record(message as unknown as DecoderReport);
    }
    const validPath = context.newSocketPath();
    writeFileSync(validPath, await validCartridge());
    for (const [name, bytes] of Object.entries(decompressionBombs())) {
      const path = context.newSocketPath();
      writeFileSync(path, bytes);
      const isText = name.startsWith("text");
      const process = startNode(context, harnessPath("decode-bomb.ts"), [
        JSON.stringify({ path, validPath, isText }),
      ]);
      const report = (await process.waitForMessage("bomb")) as unknown as DecoderReport;
      context.record({ ...report, name, frameBytes: BOMB_FRAME_BYTES });
    }
  },
  evaluate(observations) {
    const runs = observations.filter((one) => one.type === "mutations");
    const bombs = observations.filter((one) => one.type === "bomb");
    const counts = runs
      .flatMap((run) => Object.values(run.outcomes ?? {}))
      .flatMap((of) => Object.entries(of));
    const refused = sum(counts.map(([outcome, times]) => (outcome === "decoded" ? 0 : times)));
    const uncaught = sum(runs.map((run) => run.uncaught ?? 0));
    const ratio = max(
      bombs.map((bomb) => ((bomb.grownBytes ?? Infinity) - ALLOWANCE) / (bomb.frameBytes ?? 1)),
    );
    const typed = bombs.filter((bomb) => bomb.outcome?.startsWith("CARTRIDGE_"));
    return {
      summary: `${uncaught} uncaught of ${formatCount(sum(runs.map((run) => run.count ?? 0)))} mutations (seed ${runs[0]?.seed}), ${formatCount(refused)} refused; ${typed.length} of ${bombs.length} bombs refused, at most ${ratio.toFixed(2)} × the memory of the frame plus 1 MiB`,
      isMet: uncaught === 0 && runs.length === 1 && typed.length === 3 && refused > 0 && ratio <= BOUND_RATIO,
    };
  },
});
