export { renderFrames } from "./frames/render-frames.ts";
export { createCpuRasterizer } from "./rasterizer.ts";
export { renderDrawList, renderProgram } from "./render.ts";
