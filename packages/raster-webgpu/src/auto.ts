/**
 * Pixels of the smallest frame that is worth a graphics card: what `--backend auto` goes by.
 *
 * Measured; docs/webgpu.md shows the crossover. Below it, the way to the card and back takes longer than the CPU does.
 */
export const AUTO_MIN_PIXELS: number = 2 ** 22;
