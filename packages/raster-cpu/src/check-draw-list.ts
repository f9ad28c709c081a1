import { GLYPH_ADVANCE, GLYPH_COUNT } from "@gvpie/glyph-rom";
import { describeValue } from "@gvpie/pxl-parser";
import {
  BOTTOM,
  COMMAND_STRIDE,
  type DrawList,
  KIND,
  KIND_GLYPHS,
  KIND_RECT,
  LEFT,
  RIGHT,
  RUN_LENGTH,
  RUN_SCALE,
  RUN_START,
  RUN_X,
  TOP,
} from "@gvpie/raster";

/**
 * Checks a draw list that the caller made or changed. The painters rely on its rules, because a command outside the canvas
 * would overwrite the tables of the kernel.
 *
 * @throws {TypeError} if a part has another type; {RangeError} for a command that breaks the rules of {@link DrawList}.
 */
export function checkDrawList(list: DrawList): void {
  if (typeof list !== "object" || list === null) {
    throw new TypeError(`expected list as a DrawList, got ${describeValue(list)}`);
  }
  const { width, height, background, count, commands, glyphs } = list;
  checkInteger("width", width, 1, 2 ** 32 - 1);
  checkInteger("height", height, 1, 2 ** 32 - 1);
  checkArray("commands", commands, "Int32Array");
  checkArray("glyphs", glyphs, "Uint16Array");
  checkInteger("background", background, -(2 ** 31), 2 ** 32 - 1);
  checkInteger("count", count, 0, Math.floor(commands.length / COMMAND_STRIDE));
  for (let i = 0; i < count; i++) {
    if (!isCommand(list, i * COMMAND_STRIDE)) {
      const found = Array.from(commands.subarray(i * COMMAND_STRIDE, (i + 1) * COMMAND_STRIDE)).join(" ");
      throw new RangeError(`expected list.commands as DrawList describes them, got command ${i} as ${found}`);
    }
  }
}

function isCommand({ width, height, commands, glyphs }: DrawList, at: number): boolean {
  const word = (offset: number): number => commands[at + offset] as number;
  const left = word(LEFT);
  const right = word(RIGHT);
  const isInside = left >= 0 && left < right && right <= width && word(TOP) >= 0 && word(TOP) < word(BOTTOM);
  if (!isInside || word(BOTTOM) > height) return false;
  if (word(KIND) === KIND_RECT) return true;
  if (word(KIND) !== KIND_GLYPHS) return false;
  const start = word(RUN_START);
  const length = word(RUN_LENGTH);
  const scale = word(RUN_SCALE);
  if (start < 0 || length < 1 || start + length > glyphs.length || scale < 1 || scale > 64) return false;
  const advance = GLYPH_ADVANCE * scale;
  // No glyph is entirely outside the box.
  const x = word(RUN_X);
  if (x + advance <= left || x + (length - 1) * advance >= right) return false;
  for (let i = start; i < start + length; i++) if ((glyphs[i] as number) >= GLYPH_COUNT) return false;
  return true;
}

function checkArray(name: string, value: unknown, type: "Int32Array" | "Uint16Array"): void {
  // By tag, not `instanceof`: the array may come from another realm.
  if (ArrayBuffer.isView(value) && (value as Int32Array)[Symbol.toStringTag] === (type as string)) return;
  throw new TypeError(`expected list.${name} of type ${type}, got ${describeValue(value)}`);
}

function checkInteger(name: string, value: unknown, min: number, max: number): void {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return;
  const range = `an integer from ${min} to ${max}`;
  throw new RangeError(`expected list.${name} as ${range}, got ${describeValue(value)}`);
}
