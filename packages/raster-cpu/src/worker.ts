export { createWorkerRasterizer } from "./worker/rasterizer.ts";
export type { WorkerRasterizer, WorkerRasterizerOptions, WorkerRenderOptions } from "./worker/types.ts";
