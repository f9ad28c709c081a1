export { listAdapters } from "#gpu";
export { createWebGpuRasterizer, openWebGpuRasterizer } from "./rasterizer.ts";
export { renderProgram, type WebGpuRenderOptions } from "./render.ts";
export type { AdapterDescription, WebGpuFrame, WebGpuRasterizer } from "./types.ts";
