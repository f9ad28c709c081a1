/**
 * The program of a daemon process that tests kill:
 *   node --conditions=@gvpie/source daemon-main.ts <database> <folder> <options as JSON> <failpoint to die at, as JSON>
 * It edits a script, prints `started`, runs the loop, and prints each report as a line of JSON.
 */
import { createDaemon, createPixelRunner, type DaemonOptions } from "@gvpie/daemon";
import { openStore } from "@gvpie/daemon/store";
import { createCpuRasterizer } from "@gvpie/raster-cpu";
import { writeSync } from "node:fs";

const [path = "", cartridges = "", json = "{}", dieAt = "null"] = process.argv.slice(2);
const options = JSON.parse(json) as Partial<DaemonOptions>;
dieAtFailpoint(JSON.parse(dieAt) as { failpoint: string; hit: number } | null);

const store = await openStore({ path, busyTimeoutMs: 10_000 });
const [first] = await store.listScripts({ limit: 1 });
if (first) await store.updateScript(first.name, { code: `TXT 1 1 ${process.pid}` });
const daemon = createDaemon({
  ...options,
  store,
  cartridges,
  runners: { pixel: createPixelRunner({ rasterizer: createCpuRasterizer() }) },
  // Synchronous: the line is written before the process can die at a later failpoint.
  onRun: (run) => writeSync(1, `${JSON.stringify(run)}\n`),
});
process.once("SIGTERM", () => void daemon.close());
writeSync(1, "started\n");
await daemon.run();
await store.close();

function dieAtFailpoint(at: { failpoint: string; hit: number } | null): void {
  if (!at) return;
  let hits = 0;
  Object.assign(globalThis, {
    [Symbol.for("@gvpie/failpoint")]: (name: string) => {
      if (name === at.failpoint && ++hits === at.hit) process.kill(process.pid, "SIGKILL");
    },
  });
}
