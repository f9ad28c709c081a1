import type { Rasterizer, RasterizerInfo, RenderOptions } from "@gvpie/raster";
import { remarksText, type Remark } from "./failure-text.ts";
import type { Runner } from "./types.ts";

/**
 * Runs `pixel` scripts: draws the program in this process. A rasteriser whose renders take a `signal` ends one when its run is
 * stopped. It stays the caller's.
 */
export function createPixelRunner({ rasterizer }: { readonly rasterizer: Rasterizer }): Runner {
  return {
    async run({ code, options }, { signal }) {
      const { width, height, background, params } = options;
      const warnings: Remark[] = [];
      const onWarning = (warning: Remark): unknown => warnings.push(warning);
      const request: RenderRequest = { width, height, background, params, onWarning, signal };
      const frame = await rasterizer.render(code, request);
      const { backend } = rasterizer.info;
      const adapter = adapterName(rasterizer.info);
      return {
        drawing: { frame, program: code, background, params, backend, adapter },
        stdout: `drew ${frame.width}×${frame.height} pixels`,
        stderr: remarksText(warnings),
      };
    },
  };
}

/** The adapter's name; one that is software says so. */
export function adapterName(info: RasterizerInfo): string {
  return info.fallback ? `${info.adapter}, software` : info.adapter;
}

/** What is asked of a rasteriser; one that knows no signal ignores it. */
export interface RenderRequest extends RenderOptions {
  readonly signal: AbortSignal;
}
