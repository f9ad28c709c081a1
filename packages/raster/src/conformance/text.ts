import { formatColor } from "../color.ts";
import type { Frame } from "../types.ts";
import type { Legend } from "./types.ts";

/** White on black, the default colours of a program. */
export const DEFAULT_LEGEND: Legend = { ".": "#000000ff", "#": "#ffffffff" };

/** Writes a frame as one string per row, one character per pixel; `?` is a colour that the legend does not name. */
export function frameToText(frame: Frame, legend: Legend = DEFAULT_LEGEND): string[] {
  const characters = new Map(Object.entries(legend).map(([character, color]) => [color, character]));
  return Array.from({ length: frame.height }, (_, y) =>
    Array.from({ length: frame.width }, (_, x) => characters.get(colorAt(frame, x, y)) ?? "?").join(""),
  );
}

/** Returns the colour of one pixel as `#rrggbbaa`. */
export function colorAt(frame: Frame, x: number, y: number): string {
  const at = (y * frame.width + x) * 4;
  const [r = 0, g = 0, b = 0, a = 0] = frame.data.subarray(at, at + 4);
  return formatColor(r | (g << 8) | (b << 16) | (a << 24));
}
