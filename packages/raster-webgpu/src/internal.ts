/**
 * Parts of this package for the repository's own bench, under `@gvpie/raster-webgpu/internal`. The subpath resolves to
 * sources only and is not published; it may change at any time.
 */
export { bandsOf, bufferPixels } from "./bands.ts";
export { Binner } from "./binning.ts";
export { BufferSet } from "./buffers.ts";
export { copyRegion } from "./copy.ts";
export { openDevice } from "./device.ts";
export { encodeDraw } from "./drawer.ts";
export { createPipeline } from "./pipeline.ts";
export { receive, type RenderRequest, send } from "./process/messages.ts";
export { COPY_DST, COPY_SRC, MAP_READ, MODE_READ, STORAGE } from "./usage.ts";
