// The thresholds of `gvpie-daemon --backend auto`, from the measurements in docs/webgpu.md.

/** Pixels of the smallest canvas for which `auto` uses a graphics card. */
export const AUTO_MIN_PIXELS: number = 2 ** 20;

/**
 * Layers, canvases' worth of painted pixels, from which `auto` uses a graphics card: raster-cpu renders fewer before the
 * card's frame could have been copied from its process.
 */
export const AUTO_MIN_LAYERS: number = 8;
