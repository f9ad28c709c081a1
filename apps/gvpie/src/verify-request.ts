import type { RenderLimits, VerifyOptions } from "@gvpie/cartridge";
import { HARD_LIMITS } from "@gvpie/raster";
import { canvasSide, readParams } from "./canvas-options.ts";
import { integerOption, listOf } from "./command.ts";
import { UsageError } from "./errors.ts";
import { readProgram } from "./input.ts";

/** The options of the verification of each file. */
export type VerifyRequest = Pick<VerifyOptions, "program" | "drawing" | "renderLimits">;

/** Reads the options of verify. */
export function readRequest(
  values: {
    readonly program: string | undefined;
    readonly width: string | undefined;
    readonly height: string | undefined;
    readonly background: string | undefined;
    readonly param: readonly string[];
    readonly limit: readonly string[];
  },
  paths: readonly string[],
): VerifyRequest {
  const { program: path, width, height, background, param } = values;
  const renderLimits = readLimits(values.limit);
  if (path === undefined) {
    for (const [name, value] of Object.entries({ width, height, background, param: param[0] })) {
      if (value !== undefined) throw new UsageError(`--${name} needs --program`);
    }
    return { renderLimits };
  }
  if (path === "-" && paths.includes("-")) throw new UsageError("expected stdin once, got it twice");
  const drawing = {
    ...(width !== undefined && { width: canvasSide("--width", width) }),
    ...(height !== undefined && { height: canvasSide("--height", height) }),
    ...(background !== undefined && { background }),
    params: readParams(param),
  };
  return { renderLimits, program: readProgram(path), drawing };
}

/** @throws {UsageError} if a text is not `name=value`, or the limit does not exist or cannot have the value. */
function readLimits(given: readonly string[]): Partial<RenderLimits> {
  const names = Object.keys(HARD_LIMITS) as (keyof RenderLimits)[];
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value = ""] = /^([^=]*)=(.*)$/.exec(text) ?? [];
      const limit = names.find((known) => known === name);
      if (limit === undefined) {
        throw new UsageError(
          `--limit: expected ${listOf(names.map((known) => `${known}=…`))}, got "${text}"`,
        );
      }
      return [limit, integerOption(`--limit ${limit}`, value, 0, HARD_LIMITS[limit])];
    }),
  );
}
