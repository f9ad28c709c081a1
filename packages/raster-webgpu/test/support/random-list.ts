import { GLYPH_ADVANCE, GLYPH_COUNT, GLYPH_HEIGHT, GLYPH_WIDTH } from "@gvpie/glyph-rom";
import { COMMAND_STRIDE, KIND_GLYPHS, KIND_RECT, type DrawList } from "@gvpie/raster";
import { SeededRandom } from "@gvpie/testing/random";

const SIDES = [1, 3, 7, 8, 9, 31, 32, 33, 64, 65, 97, 130];
const SCALES = [1, 1, 1, 2, 3, 5, 9, 40];

/**
 * Returns a draw list with everything that a list may contain, beyond what programs produce today: any colour and alpha,
 * scaled glyphs, clip boxes that cut through glyphs. The same seed gives the same list.
 */
export function randomList(seed: number): DrawList {
  const random = new SeededRandom(seed);
  const below = (limit: number) => random.below(limit);
  const pick = <T>(values: readonly T[]) => random.pick(values);
  const color = (): number => {
    const alpha = pick([255, 255, 255, 0, 1, 127, 254, below(256)]);
    return ((alpha << 24) | below(2 ** 24)) >>> 0;
  };
  const width = pick(SIDES);
  const height = pick(SIDES);
  const palette = [color(), color(), color()];
  const commands: number[] = [];
  const glyphs: number[] = [];
  const wanted = below(20);
  for (let i = 0; i < wanted; i++) {
    const left = below(width);
    const top = below(height);
    const right = left + 1 + below(below(4) === 0 ? width - left : Math.min(width - left, 40));
    const bottom = top + 1 + below(below(4) === 0 ? height - top : Math.min(height - top, 12));
    const paint = below(3) === 0 ? color() : pick(palette);
    if (below(2) === 0) {
      commands.push(KIND_RECT, paint, left, top, right, bottom, 0, 0, 0, 0, 0);
      continue;
    }
    const scale = pick(SCALES);
    const advance = GLYPH_ADVANCE * scale;
    const count = 1 + below(1 + Math.ceil((right - left) / advance));
    // The clip box lies inside the box around the run, and no glyph lies wholly outside the clip box.
    const x = left - below(GLYPH_WIDTH * scale);
    const y = top - below(GLYPH_HEIGHT * scale);
    const runRight = Math.min(right, x + (count - 1) * advance + GLYPH_WIDTH * scale);
    const runBottom = Math.min(bottom, y + GLYPH_HEIGHT * scale);
    if (x + (count - 1) * advance >= runRight) continue;
    commands.push(KIND_GLYPHS, paint, left, top, runRight, runBottom, x, y, glyphs.length, count, scale);
    for (let k = 0; k < count; k++) glyphs.push(below(GLYPH_COUNT));
  }
  return {
    width,
    height,
    background: color(),
    count: commands.length / COMMAND_STRIDE,
    commands: Int32Array.from(commands),
    glyphs: Uint16Array.from(glyphs),
  };
}
