import { GLYPH_ADVANCE, GLYPH_HEIGHT, GLYPH_WIDTH, glyphIndex } from "@gvpie/glyph-rom";

import { RasterError } from "./errors.ts";
import { checkLimit } from "./limits.ts";
import type { Area } from "./shapes/area.ts";
import type { DrawList, Limits } from "./types.ts";

// The words of one command, as {@link DrawList} documents them: word `LEFT` of command i is
// `commands[i * COMMAND_STRIDE + LEFT]`.

/** 32-bit words of one command. */
export const COMMAND_STRIDE = 11;
/** {@link KIND_RECT} or {@link KIND_GLYPHS}. */
export const KIND = 0;
/** Packed colour. */
export const COLOR = 1;
/** Clip box: first column. */
export const LEFT = 2;
/** Clip box: first row. */
export const TOP = 3;
/** Clip box: column after the last one. */
export const RIGHT = 4;
/** Clip box: row after the last one. */
export const BOTTOM = 5;
/** Run: left edge of its first glyph; may lie outside the canvas. */
export const RUN_X = 6;
/** Run: top edge of its glyphs; may lie outside the canvas. */
export const RUN_Y = 7;
/** Run: index of its first glyph in `glyphs`. */
export const RUN_START = 8;
/** Run: number of glyphs, at least 1. */
export const RUN_LENGTH = 9;
/** Run: side of the square that one pixel of the font becomes, at least 1. */
export const RUN_SCALE = 10;

/** A filled rectangle: exactly its clip box. Its `RUN_…` words are 0. */
export const KIND_RECT = 0;
/** A run of glyphs. */
export const KIND_GLYPHS = 1;

/** A half-open box, in pixels of the canvas; empty unless `left < right` and `top < bottom`. */
export interface ClipBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Painted pixels that one row counts as, of an edge of a polygon or of an arc. */
const ROW_PIXELS = 256;
/** Most commands, and most glyphs, that memory is allocated for at first. */
const MAX_INITIAL = 1 << 18;

/** Glyphs of the first 256 code points, which most texts consist of. */
const LATIN1_GLYPHS: Uint16Array = new Uint16Array(256).map((_, codePoint) => glyphIndex(codePoint));

/** Memory of a list. A list that outgrows it moves to other memory. */
export interface ListMemory {
  readonly commands: Int32Array;
  readonly glyphs: Uint16Array;
}

/** Allocates memory for a list of this many commands and glyphs, or for the first 262,144 of them. */
export function allocateList(commands: number, glyphs: number): ListMemory {
  const words = COMMAND_STRIDE * Math.min(commands, MAX_INITIAL);
  const indexes = Math.min(glyphs, MAX_INITIAL);
  // V8 keeps tiny arrays in its own heap.
  if (words * 4 <= 64 && indexes * 2 <= 64) {
    return { commands: new Int32Array(words), glyphs: new Uint16Array(indexes) };
  }
  // Allocation is most of the cost of a short list, so one buffer holds both arrays.
  const buffer = new ArrayBuffer(words * 4 + indexes * 2);
  return { commands: new Int32Array(buffer, 0, words), glyphs: new Uint16Array(buffer, words * 4, indexes) };
}

/** Collects commands, clips them to a box of the canvas, and checks the limits at each. */
export class DrawListBuilder implements Area {
  left = 0;
  top = 0;
  right: number;
  bottom: number;

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

  /** @param memory large enough for the expected list, because growing takes time. */
  constructor(
    canvas: { readonly width: number; readonly height: number; readonly background: number },
    limits: Limits,
    memory: ListMemory,
  ) {
    this.#width = canvas.width;
    this.#height = canvas.height;
    this.right = canvas.width;
    this.bottom = canvas.height;
    this.#background = canvas.background;
    this.#limits = limits;
    this.#commands = memory.commands;
    this.#glyphs = memory.glyphs;
  }

  /** Number of commands so far. */
  get count(): number {
    return this.#count;
  }

  /** Number of painted pixels so far. */
  get paintedPixels(): number {
    return this.#paintedPixels;
  }

  /** Clips later commands to a half-open box, which may extend beyond the canvas, or to the canvas. */
  clip(box: ClipBox | undefined): void {
    this.left = Math.max(box?.left ?? 0, 0);
    this.top = Math.max(box?.top ?? 0, 0);
    this.right = Math.min(box?.right ?? this.#width, this.#width);
    this.bottom = Math.min(box?.bottom ?? this.#height, this.#height);
    if (this.left >= this.right || this.top >= this.bottom) {
      this.left = this.top = this.right = this.bottom = 0;
    }
  }

  /** Adds a filled rectangle. Positions and sizes are integers below 2³⁵ in magnitude, so that doubles hold them exactly. */
  rect(x: number, y: number, w: number, h: number, color: number): void {
    const left = Math.max(x, this.left);
    const top = Math.max(y, this.top);
    const right = Math.min(x + w, this.right);
    const bottom = Math.min(y + h, this.bottom);
    if (left >= right || top >= bottom) return;
    this.countPainted(left, top, right, bottom);
    this.fillCounted(left, top, right, bottom, color);
  }

  /** Adds a rectangle that is inside the clip box and not empty, and whose pixels are already counted. */
  fillCounted(left: number, top: number, right: number, bottom: number, color: number): void {
    const at = this.#push(KIND_RECT, color, left, top, right, bottom);
    const commands = this.#commands;
    // The memory may hold words of an earlier list.
    commands[at + RUN_X] = 0;
    commands[at + RUN_Y] = 0;
    commands[at + RUN_START] = 0;
    commands[at + RUN_LENGTH] = 0;
    commands[at + RUN_SCALE] = 0;
  }

  /** Counts rows that a shape is computed by as painted pixels, because a row may paint nothing and takes time all the same. */
  countRows(rows: number): void {
    this.countPainted(0, 0, rows, ROW_PIXELS);
  }

  /** Counts the pixels of a box as painted. */
  countPainted(left: number, top: number, right: number, bottom: number): void {
    this.#paintedPixels += (right - left) * (bottom - top);
    if (this.#paintedPixels > this.#limits.paintedPixels) {
      checkLimit("paintedPixels", this.#paintedPixels, this.#limits);
    }
  }

  /** Counts glyphs of a text that are drawn as rectangles or not at all. */
  countGlyphs(glyphs: number): void {
    this.#countedGlyphs += glyphs;
    if (this.#countedGlyphs > this.#limits.glyphs) checkLimit("glyphs", this.#countedGlyphs, this.#limits);
  }

  /** Adds one line of text in the font 5x7; (`x`, `y`) is the top-left corner of its first glyph. */
  text(x: number, y: number, text: string, scale: number, color: number): void {
    const advance = GLYPH_ADVANCE * scale;
    const glyphWidth = GLYPH_WIDTH * scale;
    const top = Math.max(y, this.top);
    const bottom = Math.min(y + GLYPH_HEIGHT * scale, this.bottom);
    // Glyph i covers x + i·advance … + glyphWidth: the first visible one ends right of `left`, the last visible one begins
    // left of `right`. Divisions are slow, and most texts are entirely visible. A text has at most one glyph a code unit.
    const from = x >= this.left ? 0 : Math.max(Math.floor((this.left - x - glyphWidth) / advance) + 1, 0);
    let visibleEnd = text.length;
    if (top >= bottom) {
      visibleEnd = from;
    } else if (x + visibleEnd * advance > this.right) {
      visibleEnd = Math.ceil((this.right - x) / advance);
    }

    const length = this.#storeGlyphs(text, from, visibleEnd);
    this.#countedGlyphs += length;
    if (this.#countedGlyphs > this.#limits.glyphs) checkLimit("glyphs", this.#countedGlyphs, this.#limits);
    const to = Math.min(visibleEnd, length);
    if (from >= to) return;

    const firstX = x + from * advance;
    const left = Math.max(firstX, this.left);
    const right = Math.min(x + (to - 1) * advance + glyphWidth, this.right);
    this.countPainted(left, top, right, bottom);
    const at = this.#push(KIND_GLYPHS, color, left, top, right, bottom);
    const commands = this.#commands;
    commands[at + RUN_X] = firstX;
    commands[at + RUN_Y] = y;
    commands[at + RUN_START] = this.#storedGlyphs;
    commands[at + RUN_LENGTH] = to - from;
    commands[at + RUN_SCALE] = scale;
    this.#storedGlyphs += to - from;
  }

  /** Saves the state of the list; the returned function restores it. */
  savepoint(): () => void {
    const count = this.#count;
    const storedGlyphs = this.#storedGlyphs;
    const countedGlyphs = this.#countedGlyphs;
    const paintedPixels = this.#paintedPixels;
    return () => {
      this.#count = count;
      this.#storedGlyphs = storedGlyphs;
      this.#countedGlyphs = countedGlyphs;
      this.#paintedPixels = paintedPixels;
    };
  }

  /** Returns the list so far. It shares the builder's memory, so it is valid until the next command. */
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

  /** Returns a copy of the list so far. */
  copy(): DrawList {
    const commands = this.#commands.slice(0, this.#count * COMMAND_STRIDE);
    return { ...this.finish(), commands, glyphs: this.#glyphs.slice(0, this.#storedGlyphs) };
  }

  /** Adds a command's common words and returns the index of its first one. */
  #push(kind: number, color: number, left: number, top: number, right: number, bottom: number): number {
    const at = this.#count * COMMAND_STRIDE;
    if (at === this.#commands.length) this.#commands = this.#growCommands();
    const commands = this.#commands;
    commands[at + KIND] = kind;
    commands[at + COLOR] = color;
    commands[at + LEFT] = left;
    commands[at + TOP] = top;
    commands[at + RIGHT] = right;
    commands[at + BOTTOM] = bottom;
    if (++this.#count > this.#limits.commands) checkLimit("commands", this.#count, this.#limits);
    return at;
  }

  #growCommands(): Int32Array {
    // The command beyond the limit fails; there is no memory for more.
    const most = Math.max(this.#count, this.#limits.commands) + 1;
    const length = COMMAND_STRIDE * Math.min(Math.max(this.#count * 2, 1), most);
    try {
      const grown = new Int32Array(length);
      grown.set(this.#commands);
      return grown;
    } catch (cause) {
      throw new RasterError("RASTER_OUT_OF_MEMORY", `no memory for a draw list of ${length * 4} bytes`, {
        cause,
      });
    }
  }

  /** Stores the glyphs of code points `from` to `to`, exclusive. Returns the number of code points of the text. */
  #storeGlyphs(text: string, from: number, to: number): number {
    const start = this.#storedGlyphs - from;
    const end = start + Math.min(to, text.length);
    if (end > this.#glyphs.length) {
      const grown = new Uint16Array(Math.max(this.#glyphs.length * 2, end));
      grown.set(this.#glyphs);
      this.#glyphs = grown;
    }
    const glyphs = this.#glyphs;
    const { length } = text;
    // Up to the first surrogate pair, the index of a code unit is that of its glyph.
    const visibleEnd = Math.min(to, length);
    let unit = 0;
    while (unit < from && unit < length && !isHighSurrogate(text.charCodeAt(unit))) unit++;
    if (unit === from) {
      for (; unit < visibleEnd; unit++) {
        const code = text.charCodeAt(unit);
        if (code < 256) {
          glyphs[start + unit] = LATIN1_GLYPHS[code] as number;
        } else if (isHighSurrogate(code)) {
          break;
        } else {
          glyphs[start + unit] = glyphIndex(code);
        }
      }
    }
    let i = unit;
    for (; unit < length; unit++, i++) {
      const codePoint = text.codePointAt(unit) ?? 0;
      if (codePoint > 0xffff) unit++;
      if (i >= from && i < to) glyphs[start + i] = glyphIndex(codePoint);
    }
    return i;
  }
}

function isHighSurrogate(code: number): boolean {
  return (code & 0xfc00) === 0xd800;
}
