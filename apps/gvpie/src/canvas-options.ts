import { integerOption, type TextOption } from "./command.ts";
import { UsageError } from "./errors.ts";

/** The canvas options of every command that renders. Without them, the program's CANVAS counts, then the default. */
export const CANVAS_OPTIONS: Readonly<Record<"width" | "height" | "background", TextOption>> = {
  width: {
    type: "string",
    value: "pixels",
    help: "width of the canvas; default the program's, or 128",
    env: "GVPIE_WIDTH",
  },
  height: {
    type: "string",
    value: "pixels",
    help: "height of the canvas; default the program's, or 64",
    env: "GVPIE_HEIGHT",
  },
  background: {
    type: "string",
    value: "color",
    help: "#rgb, #rrggbb or #rrggbbaa; default the program's, or #000000ff",
    env: "GVPIE_BACKGROUND",
  },
};

/** The option of every command that runs a program. */
export const PARAM_OPTION = {
  type: "string",
  multiple: true,
  value: "name=value",
  help: "set a parameter of the program",
} as const;

/**
 * Parses `name=value` texts into parameters by name; the value begins after the first `=`. The program checks the names.
 *
 * @throws {UsageError} if a text has no name or no `=`, or a name is given twice.
 */
export function readParams(given: readonly string[]): Readonly<Record<string, string>> {
  const params = new Map<string, string>();
  for (const text of given) {
    const equals = text.indexOf("=");
    if (equals < 1) throw new UsageError(`--param: expected name=value, got "${text}"`);
    const name = text.slice(0, equals);
    if (params.has(name)) throw new UsageError(`--param: expected each name once, got "${name}" twice`);
    params.set(name, text.slice(equals + 1));
  }
  return Object.fromEntries(params);
}

const MAX_SIDE = 2 ** 32 - 1;

/** @throws {UsageError} if a side is given and not a positive integer. The renderer's limits apply later. */
export function canvasSize(values: {
  readonly width: string | undefined;
  readonly height: string | undefined;
}): {
  width: number | undefined;
  height: number | undefined;
} {
  return { width: givenSide("--width", values.width), height: givenSide("--height", values.height) };
}

function givenSide(flag: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : canvasSide(flag, text);
}

/** @throws {UsageError} if `text` is not an integer ≥ 1. */
export function canvasSide(flag: string, text: string): number {
  return integerOption(flag, text, 1, MAX_SIDE);
}
