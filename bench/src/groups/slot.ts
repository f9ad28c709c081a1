import { existsSync, readFileSync, renameSync, unlinkSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Effort, summaryOfRuns } from "../harness.ts";
import { inFolder, places } from "../places.ts";
import { startRenderer, stop } from "../processes.ts";
import type { RaceResult } from "../results.ts";

const RUNS = 1000;
const BYTES = 128 * 64 * 4;

/** From the moment when `cmd.json` is visible until `out.raw` is, with an idle `gvpie-daemon`. */
export async function* slotTurnaround({ scale }: Effort): AsyncGenerator<RaceResult> {
  for (const place of places) {
    yield* inFolder(place, async function* (dir) {
      const daemon = await startRenderer(join(dir, "socket"));
      // Not by looking again and again: every look locks the directory, and the server's rename waits for it.
      let tell = (): void => {};
      const watcher = watch(join(dir, "socket"), (_kind, name) => {
        if (name === "out.raw") tell();
      });
      const news = (): Promise<void> => new Promise((resolve) => (tell = resolve));
      try {
        const samples: number[] = [];
        for (let run = -20; run < RUNS * scale; run++) {
          const us = await turnaround(join(dir, "socket"), news);
          if (run >= 0) samples.push(us);
        }
        yield {
          kind: "race",
          id: `slot/${place.name}`,
          title: `slot, command visible → reply visible, 32 KB, ${place.name}`,
          timings: [{ name: "gvpie-daemon", role: "ours", ...summaryOfRuns(samples) }],
        };
      } finally {
        watcher.close();
        await stop(daemon);
      }
    });
  }
}

/** `news` waits for a change of the reply. */
async function turnaround(dir: string, news: () => Promise<void>): Promise<number> {
  const [staged, command, reply] = ["cmd.tmp", "cmd.json", "out.raw"].map((name) => join(dir, name)) as [
    string,
    string,
    string,
  ];
  const request = {
    op: "render_program",
    code: "TXT 10 10 Hello GPU",
    width: 128,
    height: 64,
    format: "RGBA",
  };
  writeFileSync(staged, JSON.stringify(request));
  // An old client sleeps between its looks; one that is woken sees the reply soon after it is there.
  const start = performance.now();
  renameSync(staged, command);
  while (!existsSync(reply)) {
    await news();
    if (performance.now() - start > 5000) throw new Error("the slot did not answer");
  }
  const us = (performance.now() - start) * 1000;
  if (readFileSync(reply).length !== BYTES) throw new Error("a reply of the wrong length");
  unlinkSync(reply);
  // Idle otherwise: let the server finish with this command.
  await sleep(3);
  return us;
}
