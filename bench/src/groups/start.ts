import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { GVPIE, withBundle } from "../bundle.ts";
import { type Effort, shuffled, summary } from "../harness.ts";
import { onDisk } from "../places.ts";
import type { RaceResult } from "../results.ts";

const ROUNDS = 30;

/** Runs `gvpie render` from start to exit, beside an empty Node process. */
export async function* coldStart({ scale }: Effort): AsyncGenerator<RaceResult> {
  yield* onDisk(async function* (dir) {
    yield await withBundle(() => measure(dir, scale));
  });
}

function measure(dir: string, scale: number): RaceResult {
  const [program, picture] = [join(dir, "hello.pxl"), join(dir, "hello.png")];
  writeFileSync(program, "TXT 10 10 Hello GPU\n");
  const commands = [
    { name: "gvpie render", role: "ours", args: [GVPIE, "render", program, "-o", picture] },
    { name: "node -e 0", role: "floor", args: ["-e", "0"] },
  ] as const;
  const samples = new Map(commands.map((command) => [command, new Array<number>()]));
  for (let round = -2; round < ROUNDS * scale; round++) {
    for (const command of shuffled(commands)) {
      const start = performance.now();
      const { status } = spawnSync(process.execPath, command.args, { stdio: "ignore" });
      const us = (performance.now() - start) * 1000;
      if (status !== 0) throw new Error(`${command.name}: expected exit status 0, got ${status}`);
      if (round >= 0) samples.get(command)?.push(us);
    }
  }
  return {
    kind: "race",
    id: "start",
    title: "cold start: one program into one cartridge",
    timings: [...samples].map(([{ name, role }, taken]) => ({ name, role, ...summary(taken) })),
  };
}
