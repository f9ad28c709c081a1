// The thresholds of `gvpie-daemon --backend auto`, from the measurements in docs/webgpu.md.

/** Pixels of the smallest canvas for which `auto` uses a graphics card. */
export const AUTO_MIN_PIXELS: number = 2 ** 20;

/**
 * Times that a program must paint its canvas over before `auto` uses a graphics card: with fewer, raster-cpu finishes before
 * the pixels could be copied from the GPU process.
 */
export const AUTO_MIN_LAYERS: number = 7;
