/**
 * A daemon in a process of its own, to be killed:
 *   node --conditions=@gvpie/source daemon-process.ts <database> <folder> <options as JSON>
 * It prints `started`, and each report as a line of JSON.
 */
import { createDaemon, createPixelRunner, type DaemonOptions } from "@gvpie/daemon";
import { openStore } from "@gvpie/daemon/store";
import { createCpuRasterizer } from "@gvpie/raster-cpu";
import { writeSync } from "node:fs";

const [path = "", cartridges = "", json = "{}"] = process.argv.slice(2);
const options = JSON.parse(json) as Partial<DaemonOptions>;
const store = await openStore({ path, busyTimeoutMs: 10_000 });
const daemon = createDaemon({
  ...options,
  store,
  cartridges,
  runners: { pixel: createPixelRunner({ rasterizer: createCpuRasterizer() }) },
  // Synchronously: a line is out before the process can be killed in the next one.
  onRun: (run) => writeSync(1, `${JSON.stringify(run)}\n`),
});
process.once("SIGTERM", () => void daemon.close());
writeSync(1, "started\n");
await daemon.run();
await store.close();
