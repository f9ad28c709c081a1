import { deflateSync } from "node:zlib";
import { type LooseChunk, writeChunks } from "./mutate-png.ts";

const [WIDTH, HEIGHT] = [5, 3];
/** Samples per pixel and bit depths of each colour type: PNG 3rd ed. §11.2.1. */
const COLOR_TYPES = [
  { colorType: 0, samples: 1, depths: [1, 2, 4, 8, 16] },
  { colorType: 2, samples: 3, depths: [8, 16] },
  { colorType: 3, samples: 1, depths: [1, 2, 4, 8] },
  { colorType: 4, samples: 2, depths: [8, 16] },
  { colorType: 6, samples: 4, depths: [8, 16] },
];
/** First column, first row, column step and row step of each pass of Adam7. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Returns a small PNG of every colour type and bit depth, plain and interlaced, that uses each filter in turn. */
export function pngOfEveryKind(): Uint8Array[] {
  return COLOR_TYPES.flatMap(({ colorType, samples, depths }) =>
    depths.flatMap((depth) =>
      [0, 1].map((interlaced) => write(colorType, depth, interlaced, samples * depth)),
    ),
  );
}

function write(colorType: number, depth: number, interlaced: number, bitsPerPixel: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header.set([depth, colorType, 0, 0, interlaced], 8);
  const chunks = [chunk("IHDR", header)];
  if (colorType === 3) {
    chunks.push(
      chunk(
        "PLTE",
        Uint8Array.from({ length: 3 * Math.min(16, 2 ** depth) }, (_, i) => i * 5),
      ),
    );
    chunks.push(chunk("tRNS", Uint8Array.of(0, 128)));
  }
  chunks.push(chunk("IDAT", deflateSync(rowsOf(interlaced, bitsPerPixel))), chunk("IEND", new Uint8Array()));
  return writeChunks(chunks);
}

function rowsOf(interlaced: number, bitsPerPixel: number): Uint8Array {
  const bytes: number[] = [];
  for (const [x, y, dx, dy] of interlaced === 1 ? PASSES : [[0, 0, 1, 1] as const]) {
    const columns = Math.ceil((WIDTH - x) / dx);
    const rows = Math.ceil((HEIGHT - y) / dy);
    if (columns <= 0) continue;
    for (let row = 0; row < rows; row++) {
      bytes.push(bytes.length % 5);
      // Small values, so that an index stays inside its palette.
      for (let i = Math.ceil((columns * bitsPerPixel) / 8); i > 0; i--) bytes.push(bytes.length % 2);
    }
  }
  return Uint8Array.from(bytes);
}

function chunk(type: string, data: Uint8Array): LooseChunk {
  return { type: Buffer.from(type, "latin1"), data };
}
