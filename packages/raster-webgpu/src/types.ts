import type { Program } from "@gvpie/pxl-parser";
import type { Frame, Rasterizer, RasterizerInfo, RenderOptions } from "@gvpie/raster";

/** A frame that says what drew it. */
export interface RenderedFrame extends Frame {
  readonly info: RasterizerInfo;
}

/** An adapter that can be asked for. */
export interface AdapterDescription {
  /** The adapter's own name for itself, such as `llvmpipe (LLVM 15.0.6, 256 bits)`. */
  readonly name: string;
  /** The driver behind it, in its own words; empty where that is not known. */
  readonly driver: string;
  /** True for software. */
  readonly fallback: boolean;
}

/** A rasteriser whose frames name their adapter, which may change when a device is lost. */
export interface WebGpuRasterizer extends Rasterizer {
  render(program: string | Program, options?: RenderOptions): Promise<RenderedFrame>;
}

// Our declarations name types of WebGPU. They are those of lib.dom or of @webgpu/types, which clash with each other, so we
// ask for neither: where there is none of both, these names are empty, and everything still compiles.
declare global {
  interface GPUAdapter {}
  interface GPUAdapterInfo {}
  interface GPUBindGroup {}
  interface GPUBuffer {}
  interface GPUCommandEncoder {}
  interface GPUComputePipeline {}
  interface GPUDevice {}
}
