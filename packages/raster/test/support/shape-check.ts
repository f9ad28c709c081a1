import type { Direction } from "@gvpie/pxl-parser";

import { LEFT, type DrawListBuilder as Builder, TOP, COLOR, RIGHT, BOTTOM } from "../../src/draw-list.ts";
import { allocateList, COMMAND_STRIDE, DrawListBuilder } from "../../src/draw-list.ts";
import { packColor } from "../../src/color.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { drawArc } from "../../src/shapes/arc.ts";
import { drawFill } from "../../src/shapes/fill.ts";
import { drawImage } from "../../src/shapes/image.ts";
import { drawPolygon } from "../../src/shapes/polygon.ts";
import { drawRoundedBox, drawRoundedRect } from "../../src/shapes/rounded.ts";
import { arcRegion, polygonRegion, type Region, roundedRegion } from "./regions.ts";

export const WIDTH = 21;
export const HEIGHT = 15;
const INK = 0xff_80_40_20;

export interface Clip {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A shape: the function under test, and the colour of each pixel by its definition. */
export interface Shape {
  readonly name: string;
  draw(list: Builder): void;
  colorAt(x: number, y: number): number | undefined;
}

/**
 * Draws a shape, clipped to a box of a canvas of {@link WIDTH} × {@link HEIGHT}, and compares each pixel with the
 * definition.
 *
 * @returns the first difference, or `undefined`. A pixel that is painted twice is a difference.
 */
export function findWrongPixel({ name, draw, colorAt }: Shape, clip: Clip): string | undefined {
  const list = new DrawListBuilder(
    { width: WIDTH, height: HEIGHT, background: 0 },
    DEFAULT_LIMITS,
    allocateList(1, 1),
  );
  list.clip(clip);
  draw(list);
  const { commands, count } = list.finish();
  const found = new Map<string, number[]>();
  for (let at = 0; at < count * COMMAND_STRIDE; at += COMMAND_STRIDE) {
    const word = (index: number): number => commands[at + index] ?? 0;
    for (let y = word(TOP); y < word(BOTTOM); y++) {
      for (let x = word(LEFT); x < word(RIGHT); x++) {
        const colors = found.get(`${x} ${y}`) ?? [];
        found.set(`${x} ${y}`, [...colors, word(COLOR) >>> 0]);
      }
    }
  }
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const isInside = x >= clip.left && x < clip.right && y >= clip.top && y < clip.bottom;
      const color = isInside ? colorAt(x, y) : undefined;
      const expected = color === undefined ? [] : [color];
      const colors = found.get(`${x} ${y}`) ?? [];
      found.delete(`${x} ${y}`);
      if (colors.join(" ") !== expected.join(" ")) {
        return `${name}: expected [${expected.join(" ")}] at x ${x}, y ${y}, got [${colors.join(" ")}]`;
      }
    }
  }
  return found.size === 0 ? undefined : `${name}: expected no pixels outside the canvas, got ${found.size}`;
}

function inInk({ hasRow, has }: Region): Shape["colorAt"] {
  return (x, y) => (hasRow(y) && has(x, y) ? INK : undefined);
}

export function rounded(x: number, y: number, w: number, h: number, r: number, isOutline: boolean): Shape {
  const draw = isOutline ? drawRoundedBox : drawRoundedRect;
  return {
    name: `${isOutline ? "BOX" : "RECT"} ${x} ${y} ${w} ${h} ${r}`,
    draw: (list) => draw(list, x, y, w, h, r, INK),
    colorAt: inInk(roundedRegion(x, y, w, h, r, isOutline)),
  };
}

export function polygon(points: readonly number[], originX = 0, originY = 0): Shape {
  return {
    name: `POLY ${points.join(" ")} from ${originX} ${originY}`,
    draw: (list) => drawPolygon(list, points, originX, originY, INK),
    colorAt: inInk(polygonRegion(points.map((value, i) => value + (i % 2 === 0 ? originX : originY)))),
  };
}

export function arc(x: number, y: number, r: number, thickness: number, from: number, to: number): Shape {
  return {
    name: `ARC ${x} ${y} ${r} ${thickness} ${from} ${to}`,
    draw: (list) => drawArc(list, x, y, r, thickness, from, to, INK),
    colorAt: inInk(arcRegion(x, y, r, thickness, from, to)),
  };
}

export function fill(
  x: number,
  y: number,
  w: number,
  h: number,
  start: number,
  end: number,
  direction: Direction,
): Shape {
  const n = direction === "right" || direction === "left" ? w : h;
  const channel = (shift: number, i: number): number => {
    const [c0, c1] = [(start >>> shift) & 0xff, (end >>> shift) & 0xff];
    if (n === 1) return c0;
    const last = BigInt(n - 1);
    return Number((BigInt(c0) * (last - BigInt(i)) + BigInt(c1) * BigInt(i) + last / 2n) / last);
  };
  return {
    name: `FILL ${x} ${y} ${w} ${h} ${start.toString(16)} ${end.toString(16)} ${direction}`,
    draw: (list) => drawFill(list, x, y, w, h, start, end, direction),
    colorAt: (px, py) => {
      if (px < x || px >= x + w || py < y || py >= y + h) return undefined;
      const i = { right: px - x, down: py - y, left: x + w - 1 - px, up: y + h - 1 - py }[direction];
      return [0, 8, 16, 24].reduce((word, shift) => word + channel(shift, i) * 2 ** shift, 0);
    },
  };
}

export function image(
  x: number,
  y: number,
  rows: readonly string[],
  palette: ReadonlyMap<string, number>,
  scale: number,
): Shape {
  const pixels = rows.map((row) => Array.from(row));
  const entries = [...palette].map(([key, color]) => ({ key, color: packColor(color) }));
  return {
    name: `IMAGE ${x} ${y} ${rows.join("|")} at scale ${scale}`,
    draw: (list) => drawImage(list, x, y, pixels[0]?.length ?? 0, rows, entries, scale),
    colorAt: (px, py) => {
      const key = pixels[Math.floor((py - y) / scale)]?.[Math.floor((px - x) / scale)];
      return key === undefined ? undefined : palette.get(key);
    },
  };
}

/** A fixed selection of shapes, in which each edge of a rule occurs. */
export function* someShapes(): Generator<Shape> {
  for (const isOutline of [false, true]) {
    for (const [w, h] of [
      [1, 1],
      [2, 9],
      [3, 3],
      [4, 7],
      [9, 9],
      [14, 11],
      [12, 8],
      [8, 12],
      [30, 30],
    ] as const) {
      for (const r of [0, 1, 2, 3, 5, 99]) yield rounded(2, 1, w, h, r, isOutline);
    }
  }
  for (let i = 0; i < 120; i++) {
    const value = (j: number): number => ((i * 31 + j * 17 + ((i * j * j) % 23)) % 27) - 4;
    const length = 1 + (i % 7);
    yield polygon(Array.from({ length: 2 * length }, (_, j) => value(j)));
  }
  yield polygon([2, 2, 10, 2, 10, 8, 2, 8]);
  for (const r of [0, 1, 4, 6]) {
    for (const thickness of [0, 1, 3, 4, 6, 7]) {
      for (const [from, to] of [
        [0, 360],
        [0, 90],
        [90, 180],
        [180, 270],
        [270, 360],
        [0, 180],
        [45, 225],
        [-30, 200],
        [10, 11],
        [315, 404],
        [90, 90],
        [20, 300],
      ] as const) {
        yield arc(10, 7, r, thickness, from, to);
      }
    }
  }
  for (const direction of ["right", "down", "left", "up"] as const) {
    yield fill(1, 2, 15, 9, 0xff_00_ff_10, 0x80_ff_00_14, direction);
    yield fill(0, 0, 1, 1, 0xff_00_00_00, 0xff_ff_ff_ff, direction);
    yield fill(3, 3, 2, 2, 0xff_00_00_00, 0xff_ff_ff_ff, direction);
    yield fill(-500, -300, 1000, 1000, 0xff_00_00_00, 0xff_ff_ff_ff, direction);
    yield fill(2, 2, 9, 9, 0xff_00_00_00, 0xff_03_02_01, direction);
    yield fill(2, 2, 9, 9, 0xff_03_02_01, 0xff_00_00_00, direction);
  }
  const palette = new Map([
    ["a", 0xff_00_00_ff],
    ["#", 0xff_12_34_56],
  ]);
  for (const scale of [1, 2, 3]) {
    for (const x of [-4, 2, 18]) yield image(x, -1, ["aa#.", "aa##", "..#a", "##aa", "aa#a"], palette, scale);
  }
}

/**
 * Returns the first difference of {@link someShapes} on the whole canvas and in a box of it.
 *
 * @param opcodes Compares only the shapes of these; default all.
 */
export function findWrongShape(opcodes?: readonly string[]): string | undefined {
  for (const shape of someShapes()) {
    if (opcodes?.some((opcode) => shape.name.startsWith(opcode)) === false) continue;
    for (const clip of [
      { left: 0, top: 0, right: WIDTH, bottom: HEIGHT },
      { left: 3, top: 2, right: 12, bottom: 10 },
    ]) {
      const wrong = findWrongPixel(shape, clip);
      if (wrong !== undefined) return wrong;
    }
  }
  return undefined;
}
