export { createProcessRasterizer } from "./process/rasterizer.ts";
export type {
  ProcessEvent,
  ProcessRasterizer,
  ProcessRasterizerOptions,
  ProcessRenderOptions,
} from "./process/types.ts";
