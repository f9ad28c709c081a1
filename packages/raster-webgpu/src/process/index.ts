export { createProcessRasterizer } from "./rasterizer.ts";
export type {
  ProcessEvent,
  ProcessRasterizer,
  ProcessRasterizerOptions,
  ProcessRenderOptions,
} from "./types.ts";
