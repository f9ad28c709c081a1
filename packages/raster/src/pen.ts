import { WHITE } from "./color.ts";
import type { ClipBox } from "./draw-list.ts";
import type { PenSetting } from "./resolved.ts";

/** How what follows is drawn. */
export interface Pen {
  /** Packed. */
  readonly color: number;
  /** Pixels of the canvas a side for one of the font or of a sprite: 1 … 64. */
  readonly scale: number;
  /** Where on the canvas the instructions' (0, 0) is. */
  readonly originX: number;
  readonly originY: number;
  /** Which point of a text its x is. */
  readonly align: "left" | "center" | "right";
  /** In pixels of the canvas; without one, all of it. */
  readonly clip: ClipBox | undefined;
}

/** The pen with which every program begins. */
export const INITIAL_PEN: Pen = {
  color: WHITE,
  scale: 1,
  originX: 0,
  originY: 0,
  align: "left",
  clip: undefined,
};

/** The pen after an instruction that changes it. */
export function setPen(pen: Pen, setting: PenSetting): Pen {
  switch (setting.op) {
    case "COLOR":
      return { ...pen, color: packColor(setting.color) };
    case "SCALE":
      return { ...pen, scale: setting.n };
    case "ORIGIN":
      return { ...pen, originX: setting.x, originY: setting.y };
    case "ALIGN":
      return { ...pen, align: setting.align };
    case "CLIP":
      return { ...pen, clip: setting.box && placeBox(pen, setting.box) };
  }
}

function placeBox(pen: Pen, box: { x: number; y: number; w: number; h: number }): ClipBox {
  const left = pen.originX + box.x;
  const top = pen.originY + box.y;
  return { left, top, right: left + box.w, bottom: top + box.h };
}

/** From the parser's 0xRRGGBBAA to the byte order of a frame. */
function packColor(rgba: number): number {
  return ((rgba >>> 24) | ((rgba >>> 8) & 0xff00) | ((rgba << 8) & 0xff_00_00) | (rgba << 24)) >>> 0;
}
