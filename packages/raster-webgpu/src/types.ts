import type { Program } from "@gvpie/pxl-parser";
import type { Frame, Rasterizer, RasterizerInfo, RenderOptions } from "@gvpie/raster";

/** A frame, and the backend and adapter that drew it. */
export interface RenderedFrame extends Frame {
  readonly info: RasterizerInfo;
}

/** An available adapter. */
export interface AdapterDescription {
  /** The name that the adapter reports, such as `llvmpipe (LLVM 15.0.6, 256 bits)`. */
  readonly name: string;
  /** The description that the driver reports; empty if it is unknown. */
  readonly driver: string;
  /** True if it is software. */
  readonly fallback: boolean;
}

/** A rasteriser whose frames name their adapter, which may change when a device is lost. */
export interface WebGpuRasterizer extends Rasterizer {
  render(program: string | Program, options?: RenderOptions): Promise<RenderedFrame>;
  renderFrames(program: string | Program, options?: RenderOptions): AsyncIterable<RenderedFrame>;
}

// The declarations of this package name WebGPU types. lib.dom and @webgpu/types both define them, and conflict with each
// other, so the package requires neither. These empty types make the declarations compile in a project without either.
declare global {
  interface GPUAdapter {}
  interface GPUAdapterInfo {}
  interface GPUBindGroup {}
  interface GPUBuffer {}
  interface GPUCommandEncoder {}
  interface GPUComputePipeline {}
  interface GPUDevice {}
}
