import { GLYPH_ADVANCE, GLYPH_WIDTH } from "@gvpie/glyph-rom";

import {
  assemble,
  type Code,
  define,
  i16x8,
  i32,
  i32x4,
  i64,
  type Local,
  loopWhile,
  v128,
} from "./assembler.ts";

/** Bytes of a pixel, and of four. */
const PIXEL = i32.const(4);
const QUAD = i32.const(16);

/** A translucent colour. The parameters are one pixel's words of 16 bits; every pixel of four is then made ready at once. */
const TINT = ["rest", "redBlue", "greenAlpha"] as const;
const TINT_VARIABLES = {
  rests: "v128",
  redBlues: "v128",
  greenAlphas: "v128",
  evenBytes: "v128",
  oddBytes: "v128",
  target: "v128",
  even: "v128",
  odd: "v128",
} as const;

type TintLocals = Record<(typeof TINT)[number] | keyof typeof TINT_VARIABLES, Local>;

function prepareTint(tint: TintLocals): Code {
  return [
    tint.rests.set(i16x8.splat(tint.rest.get)),
    tint.redBlues.set(i32x4.splat(tint.redBlue.get)),
    tint.greenAlphas.set(i32x4.splat(tint.greenAlpha.get)),
    tint.evenBytes.set(i32x4.splat(i32.const(0x00ff00ff))),
    tint.oddBytes.set(i32x4.splat(i32.const(0xff00ff00 | 0))),
  ].flat();
}

/** Leaves in `odd` what the pixels in `target` become: channel by channel `(u + (u >> 8)) >> 8`, `u = d·rest + s·a + 128`. */
function blend({ rests, redBlues, greenAlphas, evenBytes, oddBytes, target, even, odd }: TintLocals): Code {
  const eight = i32.const(8);
  const sum = (u: Local): Code => i16x8.add(u.get, i16x8.shr_u(u.get, eight));
  return [
    even.set(i16x8.add(i16x8.mul(v128.and(target.get, evenBytes.get), rests.get), redBlues.get)),
    odd.set(i16x8.add(i16x8.mul(i16x8.shr_u(target.get, eight), rests.get), greenAlphas.get)),
    odd.set(v128.or(i16x8.shr_u(sum(even), eight), v128.and(sum(odd), oddBytes.get))),
  ].flat();
}

/** A half-open rectangle: the address of its first pixel, bytes of a row of it, its rows, bytes from a row to the next. */
const RECT = ["row", "width", "rows", "stride"] as const;
const RECT_VARIABLES = { at: "i32", end: "i32" } as const;

type RectLocals = Record<(typeof RECT)[number] | keyof typeof RECT_VARIABLES, Local>;

/** Goes over a rectangle's pixels at `at`: as many as possible by fours, and the rest of a row one by one. */
function forEachPixel({ row, width, rows, stride, at, end }: RectLocals, quad: Code, single: Code): Code {
  return loopWhile(
    rows.get,
    at.set(row.get),
    end.set(i32.add(row.get, width.get)),
    loopWhile(i32.le_u(i32.add(at.get, QUAD), end.get), quad, at.set(i32.add(at.get, QUAD))),
    loopWhile(i32.lt_u(at.get, end.get), single, at.set(i32.add(at.get, PIXEL))),
    row.set(i32.add(row.get, stride.get)),
    rows.set(i32.sub(rows.get, i32.const(1))),
  );
}

const fillRect = define("fillRect", [...RECT, "color"], { ...RECT_VARIABLES, colors: "v128" }, (l) => [
  l.colors.set(i32x4.splat(l.color.get)),
  forEachPixel(l, v128.store(l.at.get, l.colors.get), i32.store(l.at.get, l.color.get)),
]);

const blendRect = define("blendRect", [...RECT, ...TINT], { ...RECT_VARIABLES, ...TINT_VARIABLES }, (l) => [
  prepareTint(l),
  forEachPixel(
    l,
    [l.target.set(v128.load(l.at.get)), blend(l), v128.store(l.at.get, l.odd.get)].flat(),
    [l.target.set(v128.load32_zero(l.at.get)), blend(l), v128.store32_lane(l.at.get, l.odd.get)].flat(),
  ),
]);

/** One for each row of a glyph. */
const GLYPH_ROW_VARIABLES = {
  row0: "i64",
  row1: "i64",
  row2: "i64",
  row3: "i64",
  row4: "i64",
  row5: "i64",
  row6: "i64",
} as const;

/**
 * Sets the bits of a row of glyphs, whose indexes, two bytes each, stand from `glyph` to `end`. Its topmost row of bits
 * begins at the address `top`, where its first pixel is the one with number `x`; `stride` bytes on is the next one. A
 * glyph's rows stand ready at `font`, eight bytes each, the leftmost pixel in the lowest bit.
 *
 * The rows of as many glyphs as fit in 64 bits are put together first.
 */
function setGlyphs(font: number) {
  const parameters = ["top", "stride", "x", "glyph", "end"] as const;
  const variables = { ...GLYPH_ROW_VARIABLES, shift: "i32", first: "i32", at: "i32" } as const;
  return define("setGlyphs", parameters, variables, (l) => {
    const rows = [l.row0, l.row1, l.row2, l.row3, l.row4, l.row5, l.row6];
    const isMore = i32.lt_u(l.glyph.get, l.end.get);
    const advance = i32.const(GLYPH_ADVANCE);
    const nothing = i64.extend_i32_u(i32.const(0));
    const addGlyph = [
      // For a moment, the address of its rows.
      l.at.set(i32.shl(i32.load16_u(l.glyph.get), i32.const(3))),
      ...rows.map((row, y) =>
        row.set(i64.or(row.get, i64.shl(i64.load8_u(l.at.get, font + y), i64.extend_i32_u(l.shift.get)))),
      ),
      l.glyph.set(i32.add(l.glyph.get, i32.const(2))),
      l.x.set(i32.add(l.x.get, advance)),
      l.shift.set(i32.add(l.shift.get, advance)),
    ];
    const setRow = (row: Local) => [
      ...i64.store(l.at.get, i64.or(i64.load(l.at.get), row.get)),
      ...l.at.set(i32.add(l.at.get, l.stride.get)),
    ];
    return [
      loopWhile(
        isMore,
        ...rows.map((row) => row.set(nothing)),
        l.first.set(i32.add(l.top.get, i32.shr_u(l.x.get, i32.const(3)))),
        l.shift.set(i32.and(l.x.get, i32.const(7))),
        loopWhile(i32.and(isMore, i32.le_u(l.shift.get, i32.const(64 - GLYPH_WIDTH))), ...addGlyph),
        l.at.set(l.first.get),
        ...rows.map(setRow),
      ),
    ];
  });
}

/**
 * Turns bits into pixels: from each word from `bits` to `end`, 32 of them at `pixel`, lowest bit first. What four bits
 * become stands ready at `quads`, sixteen bytes for each of the sixteen combinations.
 */
function expandBits(quads: number) {
  return define("expandBits", ["bits", "end", "pixel"], { word: "i32" }, (l) => {
    const combination = (k: number): Code => {
      const sixteenfold =
        k === 0 ? i32.shl(l.word.get, i32.const(4)) : i32.shr_u(l.word.get, i32.const(4 * k - 4));
      return i32.and(sixteenfold, i32.const(0xf0));
    };
    const expanded = Array.from({ length: 8 }, (_, k) =>
      v128.store(l.pixel.get, v128.load(combination(k), quads), 16 * k),
    );
    return [
      loopWhile(
        i32.lt_u(l.bits.get, l.end.get),
        l.word.set(i32.load(l.bits.get)),
        ...expanded,
        l.bits.set(i32.add(l.bits.get, i32.const(4))),
        l.pixel.set(i32.add(l.pixel.get, i32.const(32 * 4))),
      ),
    ];
  });
}

/** Where tables stand in the kernel's memory: byte addresses. */
export interface KernelLayout {
  /** See `setGlyphs`. */
  readonly font: number;
  /** See `expandBits`. */
  readonly quads: number;
}

/** The kernel's module, with a memory of so many pages of 64 KiB. */
export function assembleKernel({ font, quads }: KernelLayout, pages: number): Uint8Array<ArrayBuffer> {
  return assemble([fillRect, blendRect, setGlyphs(font), expandBits(quads)], pages);
}
