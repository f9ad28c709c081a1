export { createCpuRasterizer } from "./rasterizer.ts";
export { renderProgram } from "./render.ts";
