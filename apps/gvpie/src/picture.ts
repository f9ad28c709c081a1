import type { Frame } from "@gvpie/raster";

/** The capabilities of a terminal. */
export interface Terminal {
  /** Cells per line. */
  readonly columns: number;
  readonly colors: "truecolor" | "256" | "none";
  /** False if the terminal may show only ASCII. */
  readonly unicode: boolean;
}

/** Row-major colours, `r << 16 | g << 8 | b`, already blended over black. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly at: Uint32Array;
}

/** One cell: a character and, if the terminal shows colours, its colours. */
interface Cell {
  readonly character: string;
  readonly foreground: number | undefined;
  readonly background: number | undefined;
}

/** The pixel of a 2×4 block that each dot of a Braille character stands for, from bit 0. */
const BRAILLE_DOTS = [0, 2, 4, 1, 3, 5, 6, 7].map((i) => ({ dx: i % 2, dy: i >> 1 }));
/** From dark to bright. */
const RAMP = " .:-=+*#%@";

/**
 * Returns a frame as text for a terminal; no line is longer than `columns`.
 *
 * A cell shows two pixels, one above the other, with `▀`. A picture in two colours that is too wide is shown in Braille
 * dots, 2×4 pixels a cell, so that text stays legible; any other is scaled down. Without colours, two-coloured pictures
 * stay exact, and others become ASCII characters of different brightness.
 */
export function drawPicture(frame: Frame, terminal: Terminal): string {
  const pixels = blendOverBlack(frame);
  const pair = twoColors(pixels);
  const { columns, unicode } = terminal;
  if (unicode && pair !== undefined && pixels.width > columns && pixels.width <= columns * 2) {
    return joinCells(pixels, 2, 4, terminal, (x, y) => brailleCell(pixels, x, y, pair));
  }
  const fitted = pixels.width > columns ? scaleDown(pixels, columns) : pixels;
  if (terminal.colors !== "none" && unicode) {
    return joinCells(fitted, 1, 2, terminal, (x, y) => halfBlock(fitted, x, y));
  }
  if (unicode && pair !== undefined && fitted === pixels) {
    return joinCells(pixels, 1, 2, terminal, (x, y) => plainHalfBlock(pixels, x, y, pair));
  }
  return joinCells(fitted, 1, 2, terminal, (x, y) => shade(fitted, x, y));
}

function halfBlock(pixels: Pixels, x: number, y: number): Cell {
  const top = pixelAt(pixels, x, y);
  const bottom = pixelAt(pixels, x, y + 1);
  return top === bottom
    ? { character: " ", foreground: undefined, background: top }
    : { character: "▀", foreground: top, background: bottom };
}

function plainHalfBlock(pixels: Pixels, x: number, y: number, [, light]: readonly [number, number]): Cell {
  const top = pixelAt(pixels, x, y) === light ? 1 : 0;
  const bottom = pixelAt(pixels, x, y + 1) === light ? 2 : 0;
  return { character: " ▀▄█".charAt(top + bottom), foreground: undefined, background: undefined };
}

function brailleCell(pixels: Pixels, x: number, y: number, [dark, light]: readonly [number, number]): Cell {
  let dots = 0;
  for (const [bit, { dx, dy }] of BRAILLE_DOTS.entries()) {
    if (pixelAt(pixels, x + dx, y + dy) === light) dots |= 1 << bit;
  }
  if (dots === 0) return { character: " ", foreground: undefined, background: dark };
  return { character: String.fromCharCode(0x2800 + dots), foreground: light, background: dark };
}

function shade(pixels: Pixels, x: number, y: number): Cell {
  const top = luma(pixelAt(pixels, x, y) ?? 0);
  const bottom = luma(pixelAt(pixels, x, y + 1) ?? 0);
  const step = Math.round(((top + bottom) / 2 / 255) * (RAMP.length - 1));
  return { character: RAMP.charAt(step), foreground: undefined, background: undefined };
}

/** Joins cells of `stepX`×`stepY` pixels into lines, with colour codes only where a colour changes. */
function joinCells(
  pixels: Pixels,
  stepX: number,
  stepY: number,
  terminal: Terminal,
  cellAt: (x: number, y: number) => Cell,
): string {
  const colored = terminal.colors !== "none";
  const lines: string[] = [];
  for (let y = 0; y < pixels.height; y += stepY) {
    let line = "";
    let foreground: number | undefined;
    let background: number | undefined;
    for (let x = 0; x < pixels.width; x += stepX) {
      const cell = cellAt(x, y);
      if (colored && cell.foreground !== undefined && cell.foreground !== foreground) {
        foreground = cell.foreground;
        line += colorCode(38, foreground, terminal.colors);
      }
      if (colored && cell.background !== background) {
        background = cell.background;
        line += background === undefined ? "\u001b[49m" : colorCode(48, background, terminal.colors);
      }
      line += cell.character;
    }
    lines.push(colored ? `${line}\u001b[0m` : line.trimEnd());
  }
  return `${lines.join("\n")}\n`;
}

function colorCode(target: 38 | 48, color: number, colors: Terminal["colors"]): string {
  const [r, g, b] = [color >> 16, (color >> 8) & 255, color & 255];
  return colors === "truecolor"
    ? `\u001b[${target};2;${r};${g};${b}m`
    : `\u001b[${target};5;${nearest256(r, g, b)}m`;
}

/** xterm's 256 colours: 16–231 are a 6×6×6 cube with levels 0, 95, 135, …, 255; 232–255 are greys 8, 18, …, 238. */
function nearest256(r: number, g: number, b: number): number {
  if (r === g && g === b && r >= 4 && r < 247) return 232 + Math.min(23, Math.round((r - 8) / 10));
  const level = (v: number): number => (v < 48 ? 0 : v < 115 ? 1 : Math.round((v - 55) / 40));
  return 16 + 36 * level(r) + 6 * level(g) + level(b);
}

function pixelAt({ at, width, height }: Pixels, x: number, y: number): number | undefined {
  return x < width && y < height ? at[y * width + x] : undefined;
}

function dim(channel: number, alpha: number): number {
  return alpha === 255 ? channel : Math.round((channel * alpha) / 255);
}

/** Rec. 601 luma of a colour, 0 … 255. */
function luma(color: number): number {
  return (299 * (color >> 16) + 587 * ((color >> 8) & 255) + 114 * (color & 255)) / 1000;
}

function blendOverBlack({ width, height, data }: Frame): Pixels {
  const at = new Uint32Array(width * height);
  for (let i = 0; i < at.length; i += 1) {
    const alpha = data[i * 4 + 3] ?? 0;
    const r = dim(data[i * 4] ?? 0, alpha);
    const g = dim(data[i * 4 + 1] ?? 0, alpha);
    const b = dim(data[i * 4 + 2] ?? 0, alpha);
    at[i] = (r << 16) | (g << 8) | b;
  }
  return { width, height, at };
}

/** Returns the picture's two colours, darker first; undefined if it has more. A single colour is paired with black or white. */
function twoColors({ at }: Pixels): readonly [number, number] | undefined {
  const first = at[0] ?? 0;
  let second: number | undefined;
  for (const color of at) {
    if (color === first || color === second) continue;
    if (second !== undefined) return undefined;
    second = color;
  }
  second ??= luma(first) < 128 ? 0xff_ff_ff : 0;
  return luma(first) <= luma(second) ? [first, second] : [second, first];
}

/** Scales down; each pixel is the average of the pixels that it covers. */
function scaleDown({ width, height, at }: Pixels, columns: number): Pixels {
  const rows = Math.max(1, Math.round((height * columns) / width));
  const result = new Uint32Array(columns * rows);
  for (let y = 0; y < rows; y += 1) {
    const [top, bottom] = covered(y, rows, height);
    for (let x = 0; x < columns; x += 1) {
      const [left, right] = covered(x, columns, width);
      let [r, g, b] = [0, 0, 0];
      for (let sy = top; sy < bottom; sy += 1) {
        for (let sx = left; sx < right; sx += 1) {
          const color = at[sy * width + sx] ?? 0;
          r += color >> 16;
          g += (color >> 8) & 255;
          b += color & 255;
        }
      }
      const area = (bottom - top) * (right - left);
      result[y * columns + x] =
        (Math.round(r / area) << 16) | (Math.round(g / area) << 8) | Math.round(b / area);
    }
  }
  return { width: columns, height: rows, at: result };
}

/** The range of the `size` source pixels that pixel `i` of `count` covers: start inclusive, end exclusive. */
function covered(i: number, count: number, size: number): readonly [number, number] {
  const from = Math.floor((i * size) / count);
  return [from, Math.max(from + 1, Math.floor(((i + 1) * size) / count))];
}
