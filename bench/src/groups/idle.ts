import { openStore } from "@gvpie/daemon/store";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds } from "@gvpie/testing";

import type { Effort } from "../harness.ts";
import { onDisk } from "../places.ts";
import { memoryOf, startLoop, startRenderer } from "../processes.ts";
import type { Figures } from "../results.ts";

/** Seconds to wait for start-up work, and seconds to measure. */
const SETTLE_S = 5;
const MEASURE_S = 40;

/** Both daemons without work: share of a core, and memory. */
export async function* idleDaemons({ scale }: Effort): AsyncGenerator<Figures> {
  yield* onDisk(async function* (dir) {
    const [database, socket] = [join(dir, "daemon.db"), join(dir, "socket")];
    {
      await using store = await openStore({ path: database });
      await store.updateScript("hello_gpu", { enabled: false });
    }
    const renderer = await startRenderer(socket);
    const loop = startLoop(["--db", database, "--cartridges", join(dir, "cartridges"), "--dir", socket]);
    try {
      await sleep(SETTLE_S * 1000);
      const daemons = [
        { name: "gvpie-daemon", child: renderer },
        { name: "zero-human-daemon", child: loop },
      ];
      const before = daemons.map(({ child }) => ({ cpu: cpuSeconds(child.pid), memory: memoryOf(child) }));
      const start = performance.now();
      await sleep(MEASURE_S * scale * 1000);
      const seconds = (performance.now() - start) / 1000;
      yield {
        kind: "figures",
        id: "idle",
        title: `idle for ${Math.round(seconds)} s`,
        figures: daemons.flatMap(({ name, child }, i) => {
          const { cpu = 0, memory = 0 } = before[i] ?? {};
          const used = (cpuSeconds(child.pid) - cpu) / seconds;
          return [
            { name: `${name}, of a core`, value: used * 100, unit: "%" as const },
            { name: `${name}, memory`, value: memoryOf(child), unit: "MB" as const },
            { name: `${name}, memory gained`, value: memoryOf(child) - memory, unit: "MB" as const },
          ];
        }),
      };
    } finally {
      await loop.kill("SIGTERM");
      await renderer.kill("SIGTERM");
    }
  });
}
