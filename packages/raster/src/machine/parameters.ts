import type { Program } from "@gvpie/pxl-parser";

import { RasterError } from "../errors.ts";

/** The text of each parameter. */
export type Parameters = ReadonlyMap<string, string>;

/** Longest value that a caller may hand in, in UTF-16 code units. */
const MAX_PARAM_LENGTH = 65_536;

const NONE: Parameters = new Map();

// Without the tab, as in a program's text.
const CONTROL_CHARACTER = /(?!\t)\p{Cc}/u;

/**
 * The parameters of a program: what the caller gave over the defaults of its PARAM lines.
 *
 * @throws {RasterError} `RASTER_BAD_PARAM` for a name that the program does not declare, and for a value that is no
 * integer and no text of at most 65,536 code units that one line could hold.
 */
export function bindParameters(
  { params }: Program,
  given?: Readonly<Record<string, string | number>>,
): Parameters {
  if (given === undefined && params.length === 0) return NONE;
  const parameters = new Map(params.map(({ name, value }) => [name, value]));
  for (const [name, value] of Object.entries(given ?? {})) {
    if (!parameters.has(name)) {
      const shown = JSON.stringify(name.slice(0, 64));
      throw new RasterError("RASTER_BAD_PARAM", `the program has no parameter ${shown}`);
    }
    parameters.set(name, textOf(name, value));
  }
  return parameters;
}

function textOf(name: string, value: unknown): string {
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return String(value);
    throw badParam(name, `is ${value}, which is no integer`);
  }
  if (typeof value !== "string") throw badParam(name, `is of type ${typeof value}, not a string or a number`);
  if (value.length > MAX_PARAM_LENGTH) {
    throw badParam(name, `has ${value.length} code units, more than ${MAX_PARAM_LENGTH}`);
  }
  if (!value.isWellFormed()) throw badParam(name, "holds half of a surrogate pair");
  const control = CONTROL_CHARACTER.exec(value);
  if (control !== null) {
    const codePoint = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    throw badParam(name, `holds the control character U+${codePoint}`);
  }
  return value;
}

function badParam(name: string, fault: string): RasterError {
  return new RasterError("RASTER_BAD_PARAM", `the value of parameter ${name} ${fault}`);
}
