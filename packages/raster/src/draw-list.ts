import { GLYPH_ADVANCE, GLYPH_HEIGHT, GLYPH_WIDTH, glyphIndex } from "@gvpie/glyph-rom";

import { checkLimit } from "./limits.ts";
import type { DrawList, Limits } from "./types.ts";

/** 32-bit words of one command; the layout is that of {@link DrawList}. */
export const COMMAND_STRIDE = 11;
/** A filled rectangle. */
export const KIND_RECT = 0;
/** A row of glyphs. */
export const KIND_GLYPHS = 1;

/** Room made at first for at most this many commands or glyphs, however many are announced. */
const MAX_INITIAL = 1 << 16;

/** Collects clipped commands, counting each against the limits as it comes. */
export class DrawListBuilder {
  readonly #width: number;
  readonly #height: number;
  readonly #background: number;
  readonly #limits: Limits;
  #commands: Int32Array;
  #glyphs: Uint16Array;
  #count = 0;
  #storedGlyphs = 0;
  #countedGlyphs = 0;
  #paintedPixels = 0;

  /** @param expected how much to make room for at first; a right guess saves growing. */
  constructor(
    canvas: { readonly width: number; readonly height: number; readonly background: number },
    limits: Limits,
    expected: { readonly commands: number; readonly glyphs: number },
  ) {
    this.#width = canvas.width;
    this.#height = canvas.height;
    this.#background = canvas.background;
    this.#limits = limits;
    const words = COMMAND_STRIDE * Math.min(expected.commands, MAX_INITIAL);
    const glyphs = Math.min(expected.glyphs, MAX_INITIAL);
    // Most of the cost of a short list is allocating it, so one buffer holds both; V8 keeps tiny arrays in its own heap.
    const buffer = words * 4 > 64 || glyphs * 2 > 64 ? new ArrayBuffer(words * 4 + glyphs * 2) : undefined;
    this.#commands = buffer ? new Int32Array(buffer, 0, words) : new Int32Array(words);
    this.#glyphs = buffer ? new Uint16Array(buffer, words * 4, glyphs) : new Uint16Array(glyphs);
  }

  /** A filled rectangle. Positions and sizes are integers below 2³³ in magnitude, so that doubles hold them exactly. */
  rect(x: number, y: number, w: number, h: number, color: number): void {
    const left = Math.max(x, 0);
    const top = Math.max(y, 0);
    const right = Math.min(x + w, this.#width);
    const bottom = Math.min(y + h, this.#height);
    if (left < right && top < bottom) this.#push(KIND_RECT, color, left, top, right, bottom);
  }

  /** One line of text; (`x`, `y`) is the top-left corner of its first glyph. */
  text(x: number, y: number, text: string, scale: number, color: number): void {
    const advance = GLYPH_ADVANCE * scale;
    const glyphWidth = GLYPH_WIDTH * scale;
    const top = Math.max(y, 0);
    const bottom = Math.min(y + GLYPH_HEIGHT * scale, this.#height);
    // Glyph i covers x + i·advance … + glyphWidth: the first in sight ends right of 0, the last begins left of width.
    const from = Math.max(Math.floor((-x - glyphWidth) / advance) + 1, 0);
    const inSight = top < bottom ? Math.ceil((this.#width - x) / advance) : from;

    const length = this.#storeGlyphs(text, from, inSight);
    this.#countedGlyphs += length;
    checkLimit("glyphs", this.#countedGlyphs, this.#limits);
    const to = Math.min(inSight, length);
    if (from >= to) return;

    const firstX = x + from * advance;
    const left = Math.max(firstX, 0);
    const right = Math.min(x + (to - 1) * advance + glyphWidth, this.#width);
    const at = this.#push(KIND_GLYPHS, color, left, top, right, bottom);
    const commands = this.#commands;
    commands[at + 6] = firstX;
    commands[at + 7] = y;
    commands[at + 8] = this.#storedGlyphs;
    commands[at + 9] = to - from;
    commands[at + 10] = scale;
    this.#storedGlyphs += to - from;
  }

  /** The finished list; the builder must not be used after it. */
  finish(): DrawList {
    return {
      width: this.#width,
      height: this.#height,
      background: this.#background,
      count: this.#count,
      commands: this.#commands,
      glyphs: this.#glyphs,
    };
  }

  /** Adds a command's common words and returns the index of its first one. */
  #push(kind: number, color: number, left: number, top: number, right: number, bottom: number): number {
    this.#paintedPixels += (right - left) * (bottom - top);
    checkLimit("paintedPixels", this.#paintedPixels, this.#limits);
    const at = this.#count * COMMAND_STRIDE;
    if (at === this.#commands.length) {
      const grown = new Int32Array(Math.max(at * 2, COMMAND_STRIDE));
      grown.set(this.#commands);
      this.#commands = grown;
    }
    const commands = this.#commands;
    commands[at] = kind;
    commands[at + 1] = color;
    commands[at + 2] = left;
    commands[at + 3] = top;
    commands[at + 4] = right;
    commands[at + 5] = bottom;
    this.#count++;
    return at;
  }

  /** Writes the glyphs of code points `from` to `to`, exclusive, behind those stored. Returns how many the text has. */
  #storeGlyphs(text: string, from: number, to: number): number {
    const start = this.#storedGlyphs - from;
    const end = start + Math.min(to, text.length);
    if (end > this.#glyphs.length) {
      const grown = new Uint16Array(Math.max(this.#glyphs.length * 2, end));
      grown.set(this.#glyphs);
      this.#glyphs = grown;
    }
    const glyphs = this.#glyphs;
    let i = 0;
    for (let unit = 0; unit < text.length; unit++, i++) {
      const codePoint = text.codePointAt(unit) ?? 0;
      if (codePoint > 0xffff) unit++;
      if (i >= from && i < to) glyphs[start + i] = glyphIndex(codePoint);
    }
    return i;
  }
}
