import { createDaemon, createPixelRunner } from "@gvpie/daemon";
import { openStore } from "@gvpie/daemon/store";
import { createCpuRasterizer } from "@gvpie/raster-cpu";

// A new database holds one script, hello_gpu, for a renderer in another process. `pixel` renders it in this one.
const store = await openStore({ path: "db/daemon.db" });
await store.updateScript("hello_gpu", { lang: "pixel" });

const rasterizer = createCpuRasterizer();
const daemon = createDaemon({
  store,
  runners: { pixel: createPixelRunner({ rasterizer }) },
  cartridges: "cartridges",
});

// Runs every enabled script once. daemon.run() would run scripts whenever they are due.
for (const run of await daemon.runOnce()) {
  console.log(`${run.name}: ${run.cartridgePath ?? run.stderr}`);
}

await rasterizer.close();
await store.close();
