export { listAdapters } from "#gpu";
export { AUTO_MIN_LAYERS, AUTO_MIN_PIXELS } from "./auto.ts";
export type { AdapterChoice } from "./device.ts";
export { createWebGpuRasterizer, openWebGpuRasterizer } from "./rasterizer.ts";
export { renderFrames, renderProgram, type WebGpuRenderOptions } from "./render.ts";
export { selfTest } from "./self-test.ts";
export type { AdapterDescription, RenderedFrame, WebGpuRasterizer } from "./types.ts";
