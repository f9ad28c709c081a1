// Opens files up to the limit of the process, then starts a GPU process, and prints how that fails.
import { openSync } from "node:fs";
import { createCpuRasterizer } from "@gvpie/raster-cpu";
import { createProcessRasterizer } from "@gvpie/raster-webgpu/process";

try {
  for (;;) openSync("/dev/null", "r");
} catch {
  const rasterizer = createProcessRasterizer({ cpu: createCpuRasterizer() });
  rasterizer.catch((error: unknown) => console.log(String(error)));
}
