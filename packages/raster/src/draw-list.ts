import { GLYPH_ADVANCE, GLYPH_HEIGHT, GLYPH_WIDTH, glyphIndex } from "@gvpie/glyph-rom";

import { countCodePoints } from "./code-points.ts";
import { checkLimit } from "./limits.ts";
import type { DrawList, Limits } from "./types.ts";

/** 32-bit words of one command; the layout is that of {@link DrawList}. */
export const COMMAND_STRIDE = 11;
/** A filled rectangle. */
export const KIND_RECT = 0;
/** A row of glyphs. */
export const KIND_GLYPHS = 1;

/** Collects clipped commands, counting them against the limits before it stores them. */
export interface DrawListBuilder {
  /** A filled rectangle. Positions and sizes are integers below 2³³ in magnitude, so that doubles hold them exactly. */
  rect(x: number, y: number, w: number, h: number, color: number): void;
  /** One line of text; (`x`, `y`) is the top-left corner of its first glyph. */
  text(x: number, y: number, text: string, scale: number, color: number): void;
  /** The finished list; the builder must not be used after it. */
  finish(): DrawList;
}

/** @param expected commands to make room for at first. */
export function createDrawListBuilder(
  width: number,
  height: number,
  background: number,
  limits: Limits,
  expected: number,
): DrawListBuilder {
  let commands = new Int32Array(COMMAND_STRIDE * Math.min(Math.max(expected, 1), 1 << 16));
  let glyphs = new Uint16Array(32);
  let count = 0;
  let stored = 0;
  let counted = 0;
  let painted = 0;
  let uniform = true;

  /** Adds a command's common words and returns the index of its first one. */
  const push = (kind: number, color: number, left: number, top: number, right: number, bottom: number) => {
    painted += (right - left) * (bottom - top);
    checkLimit("paintedPixels", painted, limits);
    const at = count * COMMAND_STRIDE;
    if (at === commands.length) {
      const grown = new Int32Array(commands.length * 2);
      grown.set(commands);
      commands = grown;
    }
    commands[at] = kind;
    commands[at + 1] = color;
    commands[at + 2] = left;
    commands[at + 3] = top;
    commands[at + 4] = right;
    commands[at + 5] = bottom;
    uniform &&= color >>> 24 === 255 && commands[1] === commands[at + 1];
    count++;
    return at;
  };

  return {
    rect(x, y, w, h, color) {
      const left = Math.max(x, 0);
      const top = Math.max(y, 0);
      const right = Math.min(x + w, width);
      const bottom = Math.min(y + h, height);
      if (left < right && top < bottom) push(KIND_RECT, color, left, top, right, bottom);
    },

    text(x, y, text, scale, color) {
      const length = countCodePoints(text);
      counted += length;
      checkLimit("glyphs", counted, limits);

      // Glyph i covers x + i·advance … + glyphWidth; `from` is the first with a column right of 0.
      const advance = GLYPH_ADVANCE * scale;
      const glyphWidth = GLYPH_WIDTH * scale;
      const from = Math.max(Math.floor((-x - glyphWidth) / advance) + 1, 0);
      const to = Math.min(Math.ceil((width - x) / advance), length);
      const top = Math.max(y, 0);
      const bottom = Math.min(y + GLYPH_HEIGHT * scale, height);
      if (from >= to || top >= bottom) return;

      const firstX = x + from * advance;
      const left = Math.max(firstX, 0);
      const right = Math.min(x + (to - 1) * advance + glyphWidth, width);
      const at = push(KIND_GLYPHS, color, left, top, right, bottom);
      commands[at + 6] = firstX;
      commands[at + 7] = y;
      commands[at + 8] = stored;
      commands[at + 9] = to - from;
      commands[at + 10] = scale;

      if (stored + to - from > glyphs.length) {
        const grown = new Uint16Array(Math.max(glyphs.length * 2, stored + to - from));
        grown.set(glyphs);
        glyphs = grown;
      }
      for (let i = 0, unit = 0; i < to; i++) {
        const codePoint = text.codePointAt(unit) ?? 0;
        unit += codePoint > 0xffff ? 2 : 1;
        if (i >= from) glyphs[stored++] = glyphIndex(codePoint);
      }
    },

    finish: () => ({ width, height, background, count, commands, glyphs, uniform }),
  };
}
