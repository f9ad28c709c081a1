import { golden } from "./case.ts";
import { createRandom, type Random } from "./prng.ts";
import { randomCoreProgram } from "./random-core.ts";
import type { RasterCase } from "./types.ts";

/** Frames too large to draw by hand. Their checksums are those of raster-cpu, and a reference renderer confirms them. */
export const largeCases: readonly RasterCase[] = [
  golden("the greeting on the default canvas", 128, 64, "TXT 10 10 Hello GPU\nHALT"),
  golden("every character of ASCII and Latin-1", 205, 98, specimen()),
  golden("a wall of text", 641, 479, repeat(400, 1, text(641, 479))),
  golden("rectangles of every small size", 333, 217, repeat(300, 2, rect(333, 217, 12))),
  golden("rectangles that hide each other", 515, 389, repeat(500, 3, rect(515, 389, 300))),
  golden("rectangles and texts in turn", 1001, 701, repeat(200, 4, mixed(1001, 701))),
  golden("a single row of 5000 pixels", 5000, 1, repeat(100, 5, rect(5000, 1, 40))),
  golden("a single column of 5000 pixels", 1, 5000, repeat(100, 6, rect(1, 5000, 40))),
  golden("a grid of lines one pixel wide", 1025, 513, grid(1025, 513)),
  golden("full high definition", 1920, 1080, repeat(400, 7, mixed(1920, 1080))),
  ...[11, 12, 13, 14, 15, 16].map((seed) => {
    const { source, width, height, background } = randomCoreProgram(seed, { sides: [257, 384, 511] });
    return golden(`random program ${seed}`, width, height, source, background);
  }),
];

/** Writes a random line of a program. */
type LineWriter = (random: Random) => string;

function repeat(count: number, seed: number, line: LineWriter): string {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => line(random)).join("\n");
}

/** Writes rectangles of up to `most` pixels a side, some cut by an edge. */
function rect(width: number, height: number, most: number): LineWriter {
  return (random) => {
    const w = random.between(1, most);
    const h = random.between(1, most);
    return `RECT ${random.between(1 - w, width - 1)} ${random.between(1 - h, height - 1)} ${w} ${h}`;
  };
}

/** Writes texts of up to twelve printable characters, some cut by an edge. */
function text(width: number, height: number): LineWriter {
  return (random) => {
    const codes = Array.from({ length: random.between(1, 12) }, () => random.between(0x21, 0x7e));
    const x = random.between(-20, width - 1);
    return `TXT ${x} ${random.between(-6, height - 1)} ${String.fromCharCode(...codes)}`;
  };
}

function mixed(width: number, height: number): LineWriter {
  const [writeRect, writeText] = [rect(width, height, 90), text(width, height)];
  return (random) => (random.below(2) === 0 ? writeRect(random) : writeText(random));
}

/** Thirty-two characters a line, U+0021 to U+00FF without controls and the no-break space. */
function specimen(): string {
  const codes = Array.from({ length: 0xff - 0x20 }, (_, i) => 0x21 + i).filter(
    (code) => code < 0x7f || code > 0xa0,
  );
  const lines: string[] = [];
  for (let i = 0; i < codes.length; i += 32) {
    lines.push(`TXT 7 ${3 + (i / 32) * 9} ${String.fromCharCode(...codes.slice(i, i + 32))}`);
  }
  return lines.join("\n");
}

function grid(width: number, height: number): string {
  const lines: string[] = [];
  for (let x = 0; x < width; x += 8) lines.push(`RECT ${x} 0 1 4294967295`);
  for (let y = 0; y < height; y += 8) lines.push(`RECT 0 ${y} 4294967295 1`);
  return lines.join("\n");
}
