import { integerOption, type SettingOption } from "./command.ts";
import { UsageError } from "./errors.ts";

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

/** Values for a program's parameters, for every command that runs one. */
export const PARAM_OPTION = {
  type: "string",
  multiple: true,
  value: "name=value",
  help: "a value for one of the program's parameters",
} as const;

/**
 * Parameters by name, from `name=value` each; the value is all that follows the first `=`. Which names there are is for
 * the program to say.
 *
 * @throws {UsageError} without a name or a `=`, and on a name given twice.
 */
export function readParams(given: readonly string[]): Readonly<Record<string, string>> {
  const params = new Map<string, string>();
  for (const text of given) {
    const equals = text.indexOf("=");
    if (equals < 1) throw new UsageError(`--param must be name=value, not "${text}"`);
    const name = text.slice(0, equals);
    if (params.has(name)) throw new UsageError(`--param gives "${name}" twice`);
    params.set(name, text.slice(equals + 1));
  }
  return Object.fromEntries(params);
}

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
