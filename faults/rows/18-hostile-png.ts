import { writeFileSync } from "node:fs";
import { BOMB_FRAME_BYTES, bombs, soundPng } from "../kit/bombs.ts";
import { grouped, most, sum } from "../kit/numbers.ts";
import { faultKitPath, startNode } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Told {
  readonly type: "mutations" | "bomb" | "uncaught";
  readonly seed?: number;
  readonly count?: number;
  readonly uncaught?: number;
  /** How often each mutation ended how. */
  readonly outcomes?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly name?: string;
  readonly outcome?: string;
  /** By which memory grew at most, in bytes. */
  readonly grownBytes?: number;
  /** Of the frame that the header promises, in bytes. */
  readonly frameBytes?: number;
}

const BOUND_RATIO = 2;
/** What the runtime may take meanwhile, in bytes. */
const ALLOWANCE = 2 ** 20;

export const hostilePng = defineRow<Told>({
  number: 18,
  fault: "a hostile PNG: bombs, wrong CRCs, order and lengths, chunks twice or missing, bytes behind the end",
  required:
    "a typed error: 0 uncaught of 100,000 mutations; a bomb takes at most 2 × the memory of its frame, and 1 MiB",
  async run(rig) {
    const argument = JSON.stringify({ count: rig.count(100_000, 1_000), seed: Date.now() % 2 ** 31 });
    const decoder = startNode(rig, faultKitPath("hostile-pngs.ts"), [argument]);
    await decoder.tells("done");
    for (const line of decoder.told) if (line["type"] !== "done") rig.see(line as unknown as Told);
    const soundPath = rig.newPlace();
    writeFileSync(soundPath, await soundPng());
    for (const [name, bytes] of Object.entries(bombs())) {
      const path = rig.newPlace();
      writeFileSync(path, bytes);
      const isText = name.startsWith("text");
      const victim = startNode(rig, faultKitPath("decode-bomb.ts"), [
        JSON.stringify({ path, soundPath, isText }),
      ]);
      const told = (await victim.tells("bomb")) as unknown as Told;
      rig.see({ ...told, name, frameBytes: BOMB_FRAME_BYTES });
    }
  },
  figure(seen) {
    const runs = seen.filter((one) => one.type === "mutations");
    const bombs = seen.filter((one) => one.type === "bomb");
    const counts = runs
      .flatMap((run) => Object.values(run.outcomes ?? {}))
      .flatMap((of) => Object.entries(of));
    const refused = sum(counts.map(([outcome, times]) => (outcome === "decoded" ? 0 : times)));
    const uncaught = sum(runs.map((run) => run.uncaught ?? 0));
    const ratio = most(
      bombs.map((bomb) => ((bomb.grownBytes ?? Infinity) - ALLOWANCE) / (bomb.frameBytes ?? 1)),
    );
    const typed = bombs.filter((bomb) => bomb.outcome?.startsWith("CARTRIDGE_"));
    return {
      text: `${uncaught} uncaught of ${grouped(sum(runs.map((run) => run.count ?? 0)))} mutations (seed ${runs[0]?.seed}), ${grouped(refused)} refused; ${typed.length} of ${bombs.length} bombs refused, at most ${ratio.toFixed(2)} × the memory of the frame and 1 MiB`,
      isReached:
        uncaught === 0 && runs.length === 1 && typed.length === 3 && refused > 0 && ratio <= BOUND_RATIO,
    };
  },
});
