import { drawForCartridge } from "@gvpie/cartridge";
import {
  DEFAULT_HEIGHT,
  DEFAULT_LIMITS,
  DEFAULT_WIDTH,
  type Rasterizer,
  type RasterizerInfo,
  type RenderOptions,
} from "@gvpie/raster";
import { diagnosticsText, type Diagnostic } from "../failure-text.ts";
import type { Runner } from "../types.ts";

/**
 * Creates a runner for `pixel` scripts: draws the program in this process. A rasteriser that accepts a `signal` stops rendering when
 * the run is aborted. The caller closes the rasteriser.
 */
export function createPixelRunner({ rasterizer }: { readonly rasterizer: Rasterizer }): Runner {
  return {
    async run({ code, options }, { signal }) {
      const { width = DEFAULT_WIDTH, height = DEFAULT_HEIGHT, background, params } = options;
      let warnings: Diagnostic[] = [];
      const onWarning = (warning: Diagnostic): unknown => warnings.push(warning);
      const { drawn: frame, limits } = await drawForCartridge({ width, height }, DEFAULT_LIMITS, (limits) => {
        warnings = [];
        const request: RenderRequest = { width, height, background, params, limits, onWarning, signal };
        return rasterizer.render(code, request);
      });
      const { backend } = rasterizer.info;
      const adapter = adapterName(rasterizer.info);
      return {
        drawing: { frame, program: code, background, params, limits, backend, adapter },
        stdout: `drew ${frame.width}×${frame.height} pixels`,
        stderr: diagnosticsText(warnings),
      };
    },
  };
}

/** Returns the name of the adapter, marked if it is a software one. */
export function adapterName(info: RasterizerInfo): string {
  return info.fallback ? `${info.adapter}, software` : info.adapter;
}

/** Render options with a signal. A rasteriser without support for it ignores it. */
export interface RenderRequest extends RenderOptions {
  readonly signal: AbortSignal;
}
