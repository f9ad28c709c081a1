// Runs in the browser; browser.bench.ts calls the function that it assigns to `globalThis`.

import { decodePng, encodePng } from "@gvpie/cartridge";
import { platform } from "../src/platform.browser.ts";

export interface BenchPage {
  /** Returns µs per call by task. `size` is the length of the pixel data `compressed` when inflated. */
  readonly measure: (
    png: Uint8Array,
    compressed: Uint8Array,
    size: number,
    repeats: number,
  ) => Promise<Record<string, number>>;
}

const page: BenchPage = {
  async measure(png, compressed, size, repeats) {
    const frame = await decodePng(png);
    // A bound above that of small pictures selects the stream.
    const streamRoom = Math.max(size, 65_536);
    const tasks: Record<string, () => unknown> = {
      pako: () => platform.inflateSync(compressed, size),
      stream: () => platform.inflate(compressed, streamRoom),
      decodePng: () => decodePng(png),
      encodePng: () => encodePng(frame),
    };
    const best: Record<string, number> = {};
    for (let round = 0; round < 6; round++) {
      for (const [name, run] of Object.entries(tasks)) {
        const start = performance.now();
        for (let i = 0; i < repeats; i++) await run();
        const us = ((performance.now() - start) * 1000) / repeats;
        best[name] = Math.min(best[name] ?? us, us);
      }
    }
    return best;
  },
};

Object.assign(globalThis, { bench: page });
