// What `--backend auto` goes by; docs/webgpu.md explains it with measurements.

/** Pixels of the smallest frame that is worth a graphics card. */
export const AUTO_MIN_PIXELS: number = 2 ** 22;

/**
 * How many times over a program must paint its canvas to be worth a graphics card in a process of its own: with less, the
 * CPU has drawn the frame before it could have travelled.
 */
export const AUTO_MIN_LAYERS: number = 8;
