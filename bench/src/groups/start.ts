import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { type Effort, shuffled, summary } from "../harness.ts";
import { onDisk } from "../places.ts";
import { bin } from "../processes.ts";
import type { RaceResult } from "../results.ts";

const ROUNDS = 30;

/** `gvpie render` from its start to its end, beside a Node that does nothing. */
export async function* coldStart({ scale }: Effort): AsyncGenerator<RaceResult> {
  yield* onDisk(async function* (dir) {
    const [program, picture] = [join(dir, "hello.pxl"), join(dir, "hello.png")];
    writeFileSync(program, "TXT 10 10 Hello GPU\n");
    const commands = [
      { name: "gvpie render", role: "ours", args: [bin("gvpie", "gvpie"), "render", program, "-o", picture] },
      { name: "node -e 0", role: "floor", args: ["-e", "0"] },
    ] as const;
    const samples = new Map(commands.map((command) => [command, new Array<number>()]));
    for (let round = -2; round < ROUNDS * scale; round++) {
      for (const command of shuffled(commands)) {
        const start = performance.now();
        const { status } = spawnSync(process.execPath, command.args, { stdio: "ignore" });
        const us = (performance.now() - start) * 1000;
        if (status !== 0) throw new Error(`${command.name} ended with ${status}`);
        if (round >= 0) samples.get(command)?.push(us);
      }
    }
    yield {
      kind: "race",
      id: "start",
      title: "cold start: one program into one cartridge",
      timings: [...samples].map(([{ name, role }, taken]) => ({ name, role, ...summary(taken) })),
    };
  });
}
