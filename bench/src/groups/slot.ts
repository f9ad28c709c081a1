import {
  existsSync,
  type FSWatcher,
  readFileSync,
  renameSync,
  unlinkSync,
  watch,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestProcess } from "@gvpie/testing";
import { type Effort, summaryOfRuns } from "../harness.ts";
import { inFolder, places } from "../places.ts";
import { startRenderer, startScript } from "../processes.ts";
import type { RaceResult } from "../results.ts";

const RUNS = 1000;
const CANVAS = { width: 128, height: 64 };
const REQUEST = { op: "render_program", code: "TXT 10 10 Hello GPU", ...CANVAS, format: "RGBA" };
const BYTES = CANVAS.width * CANVAS.height * 4;

/** Measures the time from the rename of `cmd.json` to the event for `out.raw`, alternately for an idle `gvpie-daemon` and for the floor. */
export async function* slotTurnaround({ scale }: Effort): AsyncGenerator<RaceResult> {
  for (const place of places) {
    yield* inFolder(place, async function* (dir) {
      const ours = new Slot(join(dir, "socket"), await startRenderer(join(dir, "socket")));
      const floor = new Slot(join(dir, "floor"), await startFloor(join(dir, "floor")));
      try {
        for (let run = -20; run < RUNS * scale; run++) {
          for (const slot of [ours, floor]) {
            const us = await slot.turnaround();
            if (run >= 0) slot.samples.push(us);
          }
        }
        yield {
          kind: "race",
          id: `slot/${place.name}`,
          title: `slot, command visible → reply visible, 32 KB, ${place.name}`,
          timings: [
            { name: "gvpie-daemon", role: "ours", ...summaryOfRuns(ours.samples) },
            { name: "woken, two renames", role: "floor", ...summaryOfRuns(floor.samples) },
          ],
        };
      } finally {
        await ours.close();
        await floor.close();
      }
    });
  }
}

async function startFloor(dir: string): Promise<TestProcess> {
  const server = startScript("slot-floor.ts", [dir, String(BYTES)]);
  await server.waitForLine("ready");
  return server;
}

/** A server process that answers in a slot, and its samples. */
class Slot {
  readonly samples: number[] = [];
  readonly #dir: string;
  readonly #server: TestProcess;
  readonly #watcher: FSWatcher;
  #notify = (): void => {};

  constructor(dir: string, server: TestProcess) {
    this.#dir = dir;
    this.#server = server;
    // Polling would slow the server: every lookup locks the directory, and the server's rename waits for the lock.
    this.#watcher = watch(dir, (_kind, name) => {
      if (name === "out.raw") this.#notify();
    });
  }

  /** Sends one command and returns the time to its reply, in microseconds. */
  async turnaround(): Promise<number> {
    const path = (name: string): string => join(this.#dir, name);
    writeFileSync(path("cmd.tmp"), JSON.stringify(REQUEST));
    // Waits for a watch event; an old client would sleep between polls.
    const start = performance.now();
    renameSync(path("cmd.tmp"), path("cmd.json"));
    while (!existsSync(path("out.raw"))) {
      await new Promise<void>((resolve) => (this.#notify = resolve));
      if (performance.now() - start > 5000) throw new Error("the slot did not answer");
    }
    const us = (performance.now() - start) * 1000;
    const { length } = readFileSync(path("out.raw"));
    if (length !== BYTES) throw new Error(`expected a reply of ${BYTES} bytes, got ${length}`);
    unlinkSync(path("out.raw"));
    // Lets the server finish its work for this command and become idle.
    await sleep(3);
    return us;
  }

  async close(): Promise<void> {
    this.#watcher.close();
    await this.#server.kill("SIGTERM");
  }
}
