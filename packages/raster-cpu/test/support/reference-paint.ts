import { GLYPH_ADVANCE, GLYPH_HEIGHT, GLYPH_ROWS, GLYPH_WIDTH } from "@gvpie/glyph-rom";
import { blendPixel, COMMAND_STRIDE, type DrawList, KIND_RECT } from "@gvpie/raster";

/** Paints pixel by pixel: the background, then every command that contains the pixel, in order, blended. */
export function paintReference(list: DrawList): Uint32Array {
  const words = new Uint32Array(list.width * list.height);
  const commands = Array.from({ length: list.count }, (_, i) =>
    list.commands.subarray(i * COMMAND_STRIDE, (i + 1) * COMMAND_STRIDE),
  );
  return words.map((_, p) => {
    const x = p % list.width;
    const y = Math.floor(p / list.width);
    const painting = commands.filter((command) => paints(list, command, x, y));
    return painting.reduce((under, [, color = 0]) => blendPixel(under, color), list.background);
  });
}

function paints({ glyphs }: DrawList, command: Int32Array, x: number, y: number): boolean {
  const [
    kind,
    ,
    left = 0,
    top = 0,
    right = 0,
    bottom = 0,
    firstX = 0,
    firstY = 0,
    first = 0,
    count = 0,
    scale = 1,
  ] = command;
  if (x < left || x >= right || y < top || y >= bottom) return false;
  if (kind === KIND_RECT) return true;
  // In pixels of the font, from the top-left corner of the first glyph.
  const fontX = Math.floor((x - firstX) / scale);
  const fontY = Math.floor((y - firstY) / scale);
  const index = Math.floor(fontX / GLYPH_ADVANCE);
  const column = fontX - index * GLYPH_ADVANCE;
  const isInRun = index >= 0 && index < count;
  if (!isInRun || column >= GLYPH_WIDTH || fontY < 0 || fontY >= GLYPH_HEIGHT) return false;
  const row = GLYPH_ROWS[(glyphs[first + index] ?? 0) * GLYPH_HEIGHT + fontY] ?? 0;
  return ((row >> (GLYPH_WIDTH - 1 - column)) & 1) === 1;
}
