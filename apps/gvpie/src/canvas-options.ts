import { integerOption, type SettingOption } from "./command.ts";

/** The canvas that a program is drawn on, for every command that draws. */
export const CANVAS_OPTIONS: Readonly<Record<"width" | "height" | "background", SettingOption>> = {
  width: { type: "string", value: "pixels", help: "width of the canvas", default: "128", env: "GVPIE_WIDTH" },
  height: {
    type: "string",
    value: "pixels",
    help: "height of the canvas",
    default: "64",
    env: "GVPIE_HEIGHT",
  },
  background: {
    type: "string",
    value: "color",
    help: "#rgb, #rrggbb or #rrggbbaa",
    default: "#000000ff",
    env: "GVPIE_BACKGROUND",
  },
};

const MAX_SIDE = 2 ** 32 - 1;

/** @throws {UsageError} when a side is no positive integer; whether it is too large is for the limits to say. */
export function canvasSize(values: { readonly width: string; readonly height: string }): {
  width: number;
  height: number;
} {
  return { width: canvasSide("--width", values.width), height: canvasSide("--height", values.height) };
}

/** @throws {UsageError} unless `text` is an integer from 1. */
export function canvasSide(flag: string, text: string): number {
  return integerOption(flag, text, 1, MAX_SIDE);
}
