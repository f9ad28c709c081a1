import { createCpuRasterizer } from "@gvpie/raster-cpu";
import { createProcessRasterizer } from "@gvpie/raster-webgpu/process";

const rasterizer = await createProcessRasterizer({ cpu: createCpuRasterizer() });
process.kill(rasterizer.pid ?? 0, "SIGKILL");
const frame = await rasterizer.render("TXT 10 10 still here");
console.log(`${frame.data.length} bytes, drawn by ${frame.info.adapter}`);
await rasterizer.close();
