/**
 * Decoding and encoding in headless Chromium, beside inflate alone by pako and by a DecompressionStream. Prints the fastest
 * of six interleaved rounds.
 *
 *   node --conditions=@gvpie/source packages/cartridge/bench/browser.bench.ts
 */
import { encodePng, type Frame } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { SeededRandom } from "@gvpie/testing";
import { findChromium, openTestPage } from "@gvpie/testing/browser";
import { fileURLToPath } from "node:url";
import { inflateSync } from "node:zlib";
import { chunksOf } from "../test/support/chunks.ts";
import type { BenchPage } from "./browser-page.ts";

declare const bench: BenchPage;

const chromium = findChromium();
if (chromium === undefined) {
  throw new Error("expected Chromium, got none: install it (Debian: apt-get install chromium)");
}

/** Colours that do not compress. */
function noise(side: number): Frame {
  const random = new SeededRandom(1);
  const data = Uint8ClampedArray.from({ length: side * side * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : random.below(32),
  );
  return { width: side, height: side, data };
}

const hello = "TXT 10 10 Hello GPU\nHALT\n";
const pictures: readonly (readonly [string, Frame, repeats: number])[] = [
  ["hello, 128×64", renderProgram(hello), 2000],
  ...[128, 192, 256, 512].map(
    (side) => [`hello, ${side}×${side}`, renderProgram(hello, { width: side, height: side }), 500] as const,
  ),
  ...[16, 32, 48, 64, 128].map((side) => [`noise, ${side}×${side}`, noise(side), 200] as const),
];

await using opened = await openTestPage(chromium, fileURLToPath(new URL("browser-page.ts", import.meta.url)));
for (const [name, frame, repeats] of pictures) {
  const png = await encodePng(frame);
  const compressed = chunksOf(png).find(({ type }) => type === "IDAT")?.data ?? new Uint8Array();
  const size = inflateSync(compressed).length;
  const times = await opened.page.evaluate(
    ([png, compressed, size, repeats]) => bench.measure(png, compressed, size, repeats),
    [png, compressed, size, repeats] as const,
  );
  const columns = Object.entries(times).map(([task, us]) => `${task} ${us.toFixed(0)} µs`);
  console.log(`${name.padEnd(16)} ${`${size} bytes`.padEnd(14)} ${columns.join(", ")}`);
}
