import { GLYPH_ADVANCE, GLYPH_HEIGHT } from "@gvpie/glyph-rom";
import {
  BOTTOM,
  COLOR,
  type DrawList,
  LEFT,
  RIGHT,
  RUN_LENGTH,
  RUN_SCALE,
  RUN_START,
  RUN_X,
  RUN_Y,
  TOP,
} from "@gvpie/raster";

import { GLYPH_PIXELS } from "./glyph-pixels.ts";

const { starts, ends, pixels } = GLYPH_PIXELS;

// V8 folds a module's own constants into its code, but not imported ones, and every text is read here.
const [COLOR_AT, LEFT_AT, TOP_AT, RIGHT_AT, BOTTOM_AT] = [COLOR, LEFT, TOP, RIGHT, BOTTOM];
const [X_AT, Y_AT, START_AT, LENGTH_AT, SCALE_AT] = [RUN_X, RUN_Y, RUN_START, RUN_LENGTH, RUN_SCALE];

/** The command of a run of glyphs. `start` … `end`, exclusive, are indexes into the list's `glyphs`. */
export interface GlyphRun {
  readonly color: number;
  /** Clip box, half-open. */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Top-left corner of the first glyph. */
  readonly x: number;
  readonly y: number;
  readonly start: number;
  readonly end: number;
  readonly scale: number;
  /** The glyphs of scale 1 that the clip box does not clip; both are `end` if there are none. */
  readonly unclippedStart: number;
  readonly unclippedEnd: number;
  /** Left edge of the first unclipped glyph. */
  readonly unclippedX: number;
}

/** Reused, because an object for each text costs a tenth of the time to draw it. */
const run: { -readonly [Key in keyof GlyphRun]: number } = {
  color: 0,
  left: 0,
  top: 0,
  right: 0,
  bottom: 0,
  x: 0,
  y: 0,
  start: 0,
  end: 0,
  scale: 1,
  unclippedStart: 0,
  unclippedEnd: 0,
  unclippedX: 0,
};

/** Reads the run at word `at` of the commands. The result is valid until the next call. */
export function readGlyphRun(commands: Int32Array, at: number): GlyphRun {
  const left = commands[at + LEFT_AT] as number;
  const top = commands[at + TOP_AT] as number;
  const right = commands[at + RIGHT_AT] as number;
  const bottom = commands[at + BOTTOM_AT] as number;
  const x = commands[at + X_AT] as number;
  const y = commands[at + Y_AT] as number;
  const start = commands[at + START_AT] as number;
  const length = commands[at + LENGTH_AT] as number;
  const scale = commands[at + SCALE_AT] as number;
  let from = 0;
  let to = 0;
  if (scale === 1 && y >= top && y + GLYPH_HEIGHT <= bottom) {
    from = Math.max(0, Math.ceil((left - x) / GLYPH_ADVANCE));
    // The last column of an advance is empty, so it may lie outside the clip box.
    to = Math.min(length, Math.floor((right + 1 - x) / GLYPH_ADVANCE));
  }
  if (from >= to) from = to = length;
  run.color = commands[at + COLOR_AT] as number;
  run.left = left;
  run.top = top;
  run.right = right;
  run.bottom = bottom;
  run.x = x;
  run.y = y;
  run.start = start;
  run.end = start + length;
  run.scale = scale;
  run.unclippedStart = start + from;
  run.unclippedEnd = start + to;
  run.unclippedX = x + from * GLYPH_ADVANCE;
  return run;
}

/** Calls `paint` with the non-empty rectangle of each set pixel of the run's clipped glyphs, as far as the clip box shows it. */
export function forEachClippedRect(
  { glyphs }: DrawList,
  run: GlyphRun,
  paint: (left: number, top: number, right: number, bottom: number) => void,
): void {
  const { left, top, right, bottom, y, start, end, scale, unclippedStart, unclippedEnd } = run;
  let { x } = run;
  for (let i = start; i < end; i++, x += GLYPH_ADVANCE * scale) {
    if (i >= unclippedStart && i < unclippedEnd) continue;
    const glyph = glyphs[i] as number;
    const endOfPixels = ends[glyph] as number;
    for (let k = starts[glyph] as number; k < endOfPixels; k++) {
      const pixel = pixels[k] as number;
      const px = x + (pixel & 255) * scale;
      const py = y + (pixel >> 8) * scale;
      const l = Math.max(px, left);
      const t = Math.max(py, top);
      const r = Math.min(px + scale, right);
      const b = Math.min(py + scale, bottom);
      if (l < r && t < b) paint(l, t, r, b);
    }
  }
}

/** True if the clip box clips a glyph of the run, or its scale is not 1. */
export function hasClippedGlyphs({ start, end, unclippedStart, unclippedEnd }: GlyphRun): boolean {
  return start < unclippedStart || unclippedEnd < end;
}
