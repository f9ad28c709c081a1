import { describeValue } from "@gvpie/pxl-parser";

import type { RunnableProgram } from "../admit-program.ts";
import { RasterError } from "../errors.ts";

/** The text of each parameter. */
export type Parameters = ReadonlyMap<string, string>;

/** Greatest length of a value that the caller gives, in UTF-16 code units. */
const MAX_PARAM_LENGTH = 65_536;

const NONE: Parameters = new Map();

// All but the tab, as in a program's text.
const CONTROL_CHARACTER = /(?!\t)\p{Cc}/u;

/**
 * Returns the parameters of a program: the caller's values, and the defaults of its PARAM lines for those left out.
 *
 * @throws {RasterError} `RASTER_BAD_PARAM` for a name that the program does not declare, and for a value that is neither
 * a safe integer nor a text of at most 65,536 code units that fits on one line.
 */
export function bindParameters(
  { params }: RunnableProgram,
  given?: Readonly<Record<string, string | number>>,
): Parameters {
  if (given === undefined && params.length === 0) return NONE;
  const parameters = new Map(
    params.map((param) => [param.name, param.op === "LIST" ? param.values.join(" ") : String(param.value)]),
  );
  for (const [name, value] of Object.entries(given ?? {})) {
    if (!parameters.has(name)) {
      const shown = JSON.stringify(name.slice(0, 64));
      throw new RasterError(
        "RASTER_BAD_PARAM",
        `expected the name of a parameter of the program, got ${shown}`,
      );
    }
    parameters.set(name, textOf(name, value));
  }
  return parameters;
}

function textOf(name: string, value: unknown): string {
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return String(value);
    throw badParam(name, `an integer within ±(2⁵³ − 1), got ${describeValue(value)}`);
  }
  if (typeof value !== "string") {
    throw badParam(name, `a string or a number, got ${describeValue(value)}`);
  }
  if (value.length > MAX_PARAM_LENGTH) {
    throw badParam(name, `at most ${MAX_PARAM_LENGTH} UTF-16 code units, got ${value.length}`);
  }
  if (!value.isWellFormed()) throw badParam(name, "well-formed Unicode, got half of a surrogate pair");
  const control = CONTROL_CHARACTER.exec(value);
  if (control !== null) {
    const codePoint = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    throw badParam(name, `no control characters, got U+${codePoint}`);
  }
  return value;
}

function badParam(name: string, expected: string): RasterError {
  return new RasterError("RASTER_BAD_PARAM", `parameter ${name}: expected ${expected}`);
}
