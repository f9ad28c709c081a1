/**
 * Encoding and decoding beside the minimum of an encoder: pack to one bit per pixel, deflate at level 1. Interleaved rounds;
 * medians with the fastest and slowest round.
 *
 *   node --conditions=@gvpie/source packages/cartridge/bench/png.bench.ts
 */
import { decodeCartridge, decodePng, encodeCartridge, encodePng, type Frame } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { median, SeededRandom } from "@gvpie/testing";
import { deflateSync } from "node:zlib";

const ROUNDS = 15;

/** Returns a program of `count` white rectangles, up to 200×20 pixels, from a fixed seed. */
function flatProgram(width: number, height: number, count: number): string {
  const random = new SeededRandom(1);
  const line = () =>
    `RECT ${random.below(width)} ${random.below(height)} ${1 + random.below(200)} ${1 + random.below(20)}\n`;
  return Array.from({ length: count }, line).join("");
}

function packAndDeflate({ width, height, data }: Frame): Uint8Array {
  const words = new Int32Array(data.buffer);
  const rowBytes = 1 + Math.ceil(width / 8);
  const rows = new Uint8Array(height * rowBytes);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * rowBytes + 1 + (x >> 3);
      rows[at] = (rows[at] as number) | ((words[y * width + x] === -1 ? 128 : 0) >> (x & 7));
    }
  }
  return deflateSync(rows, { level: 1 });
}

async function measure(name: string, frame: Frame, program: string, repeats: number): Promise<void> {
  const png = await encodePng(frame);
  const cartridge = await encodeCartridge(frame, { program, language: "1" });
  const tasks: Record<string, () => unknown> = {
    "floor: pack + deflate 1": () => packAndDeflate(frame),
    encodePng: () => encodePng(frame),
    encodeCartridge: () => encodeCartridge(frame, { program, language: "1" }),
    decodePng: () => decodePng(png),
    decodeCartridge: () => decodeCartridge(cartridge),
  };
  const times = new Map(Object.keys(tasks).map((task) => [task, [] as number[]]));
  for (let round = -2; round < ROUNDS; round++) {
    for (const [task, run] of Object.entries(tasks)) {
      const start = performance.now();
      for (let i = 0; i < repeats; i++) await run();
      if (round >= 0) times.get(task)?.push(((performance.now() - start) * 1000) / repeats);
    }
  }
  console.log(`${name}: ${png.length} bytes of pixels, ${cartridge.length} as a cartridge`);
  for (const [task, rounds] of times) {
    const figures = [median(rounds), Math.min(...rounds), Math.max(...rounds)];
    const [middle, low, high] = figures.map((us) => us.toFixed(1));
    console.log(`  ${task.padEnd(24)} ${middle} µs (${low} … ${high})`);
  }
}

const hello = "TXT 10 10 Hello GPU\nHALT\n";
await measure("hello, 128×64", renderProgram(hello), hello, 1000);
for (const [name, width, height] of [
  ["1080p, flat", 1920, 1080],
  ["4K, flat", 3840, 2160],
] as const) {
  const program = flatProgram(width, height, 500);
  await measure(name, renderProgram(program, { width, height }), program, 5);
}
