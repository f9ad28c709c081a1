export { createCpuRasterizer } from "./rasterizer.ts";
export { renderDrawList, renderProgram } from "./render.ts";
